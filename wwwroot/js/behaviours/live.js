// What a colleague changed appears where it is shown, unless somebody is at work there: then, and where rows come or go, one press
// shows it.
import { count, countAnew } from './counts.js'

const live = document.getElementById('live')
const bar = document.getElementById('changed')
const pause = 800
const waiting = { leads: new Set(), people: new Set(), all: false }

let timer
let shown = 0
let fetched

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
  clearTimeout(timer)
  timer = setTimeout(look, pause)
}

async function look() {
  const { leads, people, all } = waiting
  const [mine, theirs] = [new Set(leads), new Set(people)]
  leads.clear()
  people.clear()
  waiting.all = false
  const person = document.querySelector('[data-person]')?.dataset.person
  if (person && !all && !theirs.has(person)) return countAnew()
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } }).catch(() => null)
  // A server that is away is told by whoever presses something; here nothing was asked for.
  if (!answer?.ok || answer.redirected) return
  fetched = new DOMParser().parseFromString(await answer.text(), 'text/html')
  count(fetched)
  tell(person ? parts() : rows(all ? null : mine))
  document.getElementById('totals')?.dispatchEvent(new Event('moved'))
}

/** The parts of a person's page. @returns how many could not be shown without taking something from who is at work in them. */
function parts() {
  let left = 0
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fetched.getElementById(part.id)
    if (!now || same(part, now)) continue
    if (isInUse(part)) left++
    else put(part, now)
  }
  return left
}

/** The rows and tiles of a list. @param {Set<string> | null} leads Those that changed; null where that is not known. */
function rows(leads) {
  const [before, after] = [byLead(document), byLead(fetched)]
  let left = 0
  for (const id of leads ?? new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)]
    // Of rows that were loaded one by one the page knows the first alone.
    if (!old && !now || !leads && !(old && now)) continue
    const moved = old && now && isMoved(old, now)
    if (!old || !now || isInUse(old) || moved && !carry(old, now)) left += old && now && same(old, now) ? 0 : 1
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
  return [...part.querySelectorAll('textarea, input:not([type=hidden], [type=checkbox])')].some(field => field.value !== field.defaultValue)
}

function tell(count) {
  if (!count) return
  const all = count + Number(bar.dataset.count ?? 0)
  bar.dataset.count = all
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'small'
  button.textContent = 'Show'
  button.addEventListener('click', show)
  bar.replaceChildren(document.querySelector('[data-person]') ? 'A colleague changed this. ' : `${all} changed. `, button)
}

// Asked for by a press, so that the parts may be exchanged as they are; what is typed elsewhere on the page stays.
function show() {
  const ticked = new Set([...document.querySelectorAll('.tick[name=ids]:checked')].map(tick => tick.value))
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fetched.getElementById(part.id)
    if (now && !part.querySelector('.fact-form')) exchange(part, now)
  }
  for (const tick of document.querySelectorAll('.tick[name=ids]')) tick.checked = ticked.has(tick.value)
  delete bar.dataset.count
  bar.replaceChildren()
  document.querySelector('[data-live] a')?.focus({ preventScroll: true })
}
