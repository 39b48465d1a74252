// The pipeline: a tile dragged to another lane moves its lead, and stands in the end where the server has it. So does one that is moved
// by its menu, or by Shift and an arrow; the arrows alone go from tile to tile.
import { countAnew } from './counts.js'
import { isPlain } from './keys.js'
import { say } from './toast.js'

const board = document.querySelector('[data-board=moves]')
if (board) drag()

document.addEventListener('keydown', event => {
  if (document.querySelector('[data-board]') && isPlain(event)) walk(event)
})

// Of each tile that was moved: the lane in which the server has it, and the one in which it is wanted.
const tiles = new WeakMap()

async function drag() {
  const { default: Sortable } = await import('sortablejs')
  const animation = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120
  for (const lane of board.querySelectorAll('ul'))
    Sortable.create(lane, {
      group: 'pipeline', draggable: '.tile', animation, delay: 150, delayOnTouchOnly: true, onEnd: dropped
    })
  board.addEventListener('htmx:after:swap', keepOneOfEach)
  board.addEventListener('submit', event => {
    const { name, value, formAction } = event.submitter ?? {}
    if (name !== 'stage' || !formAction) return
    event.preventDefault()
    event.submitter.closest('details').open = false
    carry(event.submitter.closest('.tile'), laneOf(value))
  })
}

function walk(event) {
  const here = document.activeElement.closest('.tile')
  const step = { ArrowUp: [0, -1], k: [0, -1], ArrowDown: [0, 1], j: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key]
  if (!step || !here && event.key.startsWith('Arrow')) return
  event.preventDefault()
  if (!here) return document.querySelector('.tile > a')?.focus()
  const lanes = [...document.querySelectorAll('[data-board] ul')]
  const lane = lanes[lanes.indexOf(here.parentElement) + step[0]]
  if (event.shiftKey) return board && lane && step[0] && carry(here, lane)
  const place = [...here.parentElement.querySelectorAll('.tile')].indexOf(here) + step[1]
  const tiles = [...lane?.querySelectorAll('.tile') ?? []]
  tiles[step[0] ? Math.min(place, tiles.length - 1) : place]?.querySelector('a').focus()
}

// By a key or the menu: the tile goes at once, as a dragged one, and the focus with it.
function carry(item, lane) {
  move(item, lane)
  item.querySelector('a').focus()
}

function dropped({ item, from, to }) {
  if (from !== to) want(item, from, to)
}

/** @param {{ sure: boolean }} [answer] To whether a lead is to move back. */
function want(item, from, to, answer) {
  const tile = tiles.get(item) ?? { lane: from, busy: false }
  tiles.set(item, Object.assign(tile, { wanted: to, sure: answer?.sure === true }))
  recount(from, -1)
  recount(to, 1)
  if (!tile.busy) settle(item, tile)
}

// One request of a tile at a time. What is wanted when it is answered is asked for next; lanes passed through meanwhile are not.
async function settle(item, tile) {
  tile.busy = true
  while (tile.wanted !== tile.lane) {
    const [before, asked] = [tile.lane, tile.wanted]
    const answer = await send(item.dataset.lead, asked.dataset.stage, tile.sure)
    tile.lane = laneOf(answer.stage) ?? before
    if (tile.wanted !== asked) continue
    if (tile.lane !== asked) put(item, tile)
    tell(item, answer, before, asked)
    break
  }
  tile.busy = false
  document.getElementById('totals')?.dispatchEvent(new Event('moved'))
  countAnew()
}

function tell(item, answer, before, asked) {
  const open = { href: '/leads/' + item.dataset.lead, text: 'Open the lead' }
  if (answer.asks) say(answer.text, { text: 'Move it back', act: () => move(item, asked, { sure: true }) })
  else if (answer.text) say(answer.text, answer.link ?? open)
  else say(`Moved to ${asked.dataset.name}.`, { text: 'Undo', act: () => move(item, before) })
}

function move(item, to, answer) {
  const from = item.parentElement
  if (from === to) return
  to.prepend(item)
  want(item, from, to, answer)
}

function put(item, tile) {
  recount(item.parentElement, -1)
  recount(tile.lane, 1)
  const focused = item.contains(document.activeElement)
  tile.lane.prepend(item)
  tile.wanted = tile.lane
  if (focused) item.querySelector('a').focus()
}

/** @returns Where the lead stands now, and what to say where that is not where it was wanted. */
async function send(lead, stage, sure) {
  const body = new URLSearchParams(new FormData(board))
  // Each move is a form of its own.
  body.delete('formId')
  body.set('stage', stage)
  if (sure) body.set('back', 'true')
  try {
    const answer = await fetch(`/leads/${lead}/stage`, { method: 'POST', body, headers: { 'X-Board': '1' } })
    if (answer.status === 401) return signedOut()
    const stands = answer.headers.get('Lead-Stage')
    return answer.ok ? { stage: stands ?? stage } : { stage: stands, text: await answer.text(), asks: answer.status === 409 }
  } catch {
    return { text: 'We could not tell whether the lead was moved: it stands where it was last known to.' }
  }
}

function signedOut() {
  const back = encodeURIComponent(location.pathname + location.search)
  return { text: 'You are signed out, so the lead was not moved.', link: { href: '/signin?returnUrl=' + back, text: 'Sign in' } }
}

function laneOf(stage) {
  return stage ? board.querySelector(`ul[data-stage="${stage}"]`) : null
}

// A tile that was dragged into a lane comes once more with the rest of that lane.
function keepOneOfEach() {
  const seen = new Set()
  for (const tile of board.querySelectorAll('.tile')) {
    if (seen.has(tile.dataset.lead)) tile.remove()
    seen.add(tile.dataset.lead)
  }
}

function recount(lane, by) {
  const total = lane.closest('section').querySelector('[data-total]')
  total.textContent = Number(total.textContent) + by
}
