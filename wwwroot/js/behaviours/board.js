// The pipeline: a tile dragged to another lane moves its lead; what the rules refuse goes back.
import { say } from './toast.js'

const board = document.querySelector('[data-board]')
if (board) drag()

async function drag() {
  const { default: Sortable } = await import('sortablejs')
  for (const lane of board.querySelectorAll('ul'))
    Sortable.create(lane, { group: 'pipeline', animation: 120, delay: 150, delayOnTouchOnly: true, onEnd: dropped })
}

// One move of a tile waits for the one before it, so that the last lane seen is the last one sent.
const moves = new WeakMap()

function dropped({ item, from, to, oldIndex }) {
  if (from === to) return
  recount(from, -1)
  recount(to, 1)
  const before = moves.get(item) ?? Promise.resolve()
  moves.set(item, before.then(() => move(item, from, to, oldIndex)))
}

async function move(item, from, to, oldIndex) {
  const refusal = await send(item.dataset.lead, to.dataset.stage)
  if (!refusal) return
  if (item.parentElement === to) {
    from.insertBefore(item, from.children[oldIndex] ?? null)
    recount(from, 1)
    recount(to, -1)
  }
  say(refusal.text, refusal.link ?? { href: '/leads/' + item.dataset.lead, text: 'Open the lead' })
}

/** @returns What to say where the lead was not moved, or nothing. */
async function send(lead, stage) {
  const body = new URLSearchParams(new FormData(board))
  body.set('stage', stage)
  try {
    const answer = await fetch(`/leads/${lead}/stage`, { method: 'POST', body, headers: { 'X-Board': '1' } })
    if (answer.redirected) return signedOut()
    if (!answer.ok) return { text: await answer.text() }
  } catch {
    return { text: 'We could not tell whether the lead was moved.' }
  }
}

function signedOut() {
  const back = encodeURIComponent(location.pathname + location.search)
  return { text: 'You are signed out, so the lead was not moved.', link: { href: '/signin?returnUrl=' + back, text: 'Sign in' } }
}

function recount(lane, by) {
  const total = lane.closest('section').querySelector('[data-total]')
  total.textContent = Number(total.textContent) + by
}
