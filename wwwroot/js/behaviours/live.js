// What a colleague changed appears where it is shown, unless somebody is at work there: then, and where rows come or go, one press
// shows it.
import { count, countAnew } from './counts.js'
import { differs, halfWritten, putBack } from './half-written.js'

const live = document.getElementById('live')
const bar = document.getElementById('changed')
const pause = 800
const patience = 20000
const waiting = { leads: new Set(), people: new Set(), all: false }
const offered = new Set()

let timer
let shown = 0
let fetched
let looking = false

if (live) {
  live.addEventListener('changed', event => heard(JSON.parse(event.detail.data)))
  // What happened while this tab was in the background, or the server away, was told to nobody.
  live.addEventListener('htmx:sse:after:connection', () => { if (shown++) heard({ leads: [], people: [], many: true }) })
  // It asks by itself, and again: who is at work here has pressed nothing, is told nothing, and keeps the focus and the page. Of answers
  // only a stream is of use, and the extension has that by now.
  for (const name of ['htmx:error', 'htmx:before:response']) live.addEventListener(name, event => {
    event.stopPropagation()
    event.preventDefault()
  })
  // htmx may have read the page before its extension was here, which then has seen nothing to listen with. It reads it a moment
  // after it came itself: behind that moment is looked.
  addEventListener('load', () => setTimeout(() => { if (!live.hasAttribute('data-htmx-powered')) window.htmx.process(live) }))
}

function heard({ leads, people, many }) {
  for (const id of leads) waiting.leads.add(id)
  for (const id of people) waiting.people.add(id)
  waiting.all ||= many
  again()
}

// One after the other: an answer that is late must not take the place of a newer one.
async function look() {
  if (looking) return again()
  looking = true
  const { leads, people, all } = waiting
  const [mine, theirs] = [new Set(leads), new Set(people)]
  leads.clear()
  people.clear()
  waiting.all = false
  const person = document.querySelector('[data-person]')?.dataset.person
  try {
    if (person && !all && !theirs.has(person)) return countAnew()
    if (await lookAt(person, mine, all)) return
    // What could not be looked at is looked at with what happens next.
    for (const id of mine) leads.add(id)
    for (const id of theirs) people.add(id)
    waiting.all ||= all
  } finally {
    looking = false
  }
}

function again() {
  clearTimeout(timer)
  timer = setTimeout(look, pause)
}

/** @returns false where no answer came. A server that is away is told by whoever presses something; here nothing was asked for. */
async function lookAt(person, leads, all) {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(patience) }).catch(() => null)
  const text = answer?.ok && !answer.redirected && await answer.text().catch(() => null)
  if (!text) return false
  fetched = new DOMParser().parseFromString(text, 'text/html')
  count(fetched)
  tell(person ? parts() : rows(leads, all))
  document.getElementById('totals')?.dispatchEvent(new Event('moved'))
  return true
}

/** The parts of a person's page. @returns those that could not be shown without taking something from who is at work in them. */
function parts() {
  const left = []
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fetched.getElementById(part.id)
    if (!now || same(part, now)) continue
    if (isInUse(part)) left.push(part.id)
    else put(part, now)
  }
  return left
}

/** The rows and tiles of a list. @param {Set<string>} leads Those that changed. @param {boolean} all Whether others may have, too. */
function rows(leads, all) {
  const [before, after] = [byLead(document), byLead(fetched)]
  const left = []
  for (const id of all ? new Set([...leads, ...before.keys()]) : leads) {
    const [old, now] = [before.get(id), after.get(id)]
    // Of rows that were loaded one by one the page knows the first alone.
    if (!old && !now || !leads.has(id) && !now) continue
    const moved = old && now && isMoved(old, now)
    if (!old || !now || isInUse(old) || moved && !carry(old, now)) left.push(...old && now && same(old, now) ? [] : [id])
    else if (!moved && !same(old, now)) put(old, now)
  }
  return left
}

function byLead(page) {
  return new Map([...page.querySelectorAll('[data-live] [data-lead]')].map(row => [row.dataset.lead, row]))
}

function isMoved(old, now) {
  return keyOf(old) !== keyOf(now)
}

function keyOf(row) {
  return row.parentElement.dataset.stage ?? row.closest('[aria-label]')?.ariaLabel ?? ''
}

// A tile goes to the lane in which it now is; a row of a list stays where it is until one asks for the list anew.
function carry(old, now) {
  const lane = document.querySelector(`[data-live] ul[data-stage="${now.parentElement.dataset.stage}"]`)
  if (!lane) return false
  const place = [...now.parentElement.children].indexOf(now)
  lane.insertBefore(old, lane.children[place] ?? null)
  put(old, now)
  return true
}

function put(old, now) {
  const ticked = old.querySelector('.tick')?.checked
  const fresh = document.importNode(now, true)
  old.replaceWith(fresh)
  if (ticked) fresh.querySelector('.tick').checked = true
  // A student who is about to pay reads it: it stays open, with what is owed now.
  if (old.querySelector('.upi[open]')) fresh.querySelector('.upi')?.setAttribute('open', '')
  window.htmx.process(fresh)
}

// A lane stays, for tiles are dragged into it; what lies in it is exchanged.
function exchange(part, now) {
  const lane = part.querySelector('ul[data-stage]')
  if (!lane) return put(part, now)
  lane.replaceChildren(...[...now.querySelector('ul').children].map(child => document.importNode(child, true)))
  window.htmx.process(lane)
}

function same(old, now) {
  return words(old) === words(now)
}

function words(part) {
  return part.textContent.replace(/\s+/g, ' ').trim()
}

// Whoever has the focus in it, has typed into it, opened it or holds it keeps it as it is.
function isInUse(part) {
  if (part.contains(document.activeElement) && document.activeElement !== document.body) return true
  if (part.matches('.sortable-chosen, .sortable-ghost') || part.querySelector('.fact-form, .move[open]')) return true
  return [...part.querySelectorAll('textarea, select, input:not([type=hidden], .tick)')].some(differs)
}

// What changes twice before it is shown is one thing to show.
function tell(ids) {
  if (!ids.length) return
  for (const id of ids) offered.add(id)
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'small'
  button.textContent = 'Show'
  button.addEventListener('click', show)
  bar.replaceChildren(document.querySelector('[data-person]') ? 'A colleague changed this. ' : `${offered.size} changed. `, button)
}

// Asked for by a press, so that the parts may be exchanged as they are; what is typed, there or elsewhere on the page, stays.
function show() {
  const person = document.getElementById('lead')
  const left = person && halfWritten(person)
  const ticked = new Set([...document.querySelectorAll('.tick[name=ids]:checked')].map(tick => tick.value))
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fetched.getElementById(part.id)
    if (now && !part.querySelector('.fact-form')) exchange(part, now)
  }
  for (const tick of document.querySelectorAll('.tick[name=ids]')) tick.checked = ticked.has(tick.value)
  offered.clear()
  bar.replaceChildren()
  document.querySelector('[data-live] a')?.focus({ preventScroll: true })
  if (left) putBack(left)
}
