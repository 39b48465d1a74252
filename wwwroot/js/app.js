// What htmx alone does not do. Every page works without this file.

// What a change has done is said for a moment at the foot of the page; screen readers read it out.
const say = (text, link) => {
  const toast = document.getElementById('toast')
  if (!toast) return
  toast.textContent = text
  if (link) {
    const a = document.createElement('a')
    a.href = link
    a.textContent = 'Open the lead'
    toast.append(' ', a)
  }
  toast.hidden = false
  clearTimeout(say.timer)
  say.timer = setTimeout(() => { toast.hidden = true }, link ? 8000 : 4000)
}

// The exchanged part has taken the focus with it: it goes to what is wrong, to the first new row, or to the lead's name.
let rowsBefore = 0
const rows = () => document.querySelectorAll('.leads tbody tr')
document.addEventListener('htmx:before:swap', () => {
  rowsBefore = rows().length
  for (const said of document.querySelectorAll('.unsent')) said.remove()
})
document.addEventListener('htmx:after:swap', () => {
  const wrong = document.querySelector('[aria-invalid="true"]')
  if (wrong) return wrong.focus()
  if (document.activeElement !== document.body) return
  const name = document.querySelector('#lead h1')
  if (!name) return rowsBefore && rows()[rowsBefore - 1]?.querySelector('a')?.focus()
  name.focus({ preventScroll: true })
  if (!document.querySelector('#lead .problem')) say('Saved.')
})

// Nothing is worse than believing that a form was sent.
document.addEventListener('htmx:error', event => {
  const text = 'Not sent: the server could not be reached. Please try again.'
  const form = event.target.closest?.('form[method=post]')
  if (!form) return say(text)
  form.querySelector('.problem.unsent')?.remove()
  const problem = document.createElement('p')
  problem.className = 'problem unsent'
  problem.setAttribute('role', 'alert')
  problem.textContent = text
  form.prepend(problem)
})

// On a narrow screen the present page's name may lie beside the visible part of the navigation.
document.addEventListener('DOMContentLoaded', () => {
  const nav = document.querySelector('.bar nav')
  const here = nav?.querySelector('[aria-current=page]')
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2
})

// Opening one action on a lead's page closes the others.
document.addEventListener('toggle', event => {
  const opened = event.target
  if (!opened.open || !opened.matches('.actions > details')) return
  for (const other of opened.parentElement.children) if (other !== opened) other.open = false
}, true)

// The pipeline: a tile dragged to another lane moves its lead; what the rules refuse goes back.
document.addEventListener('DOMContentLoaded', () => {
  const board = document.querySelector('[data-board]')
  if (!board || typeof Sortable === 'undefined') return
  const recount = (lane, by) => {
    const total = lane.closest('section').querySelector('[data-total]')
    total.textContent = Number(total.textContent) + by
  }
  const move = async ({ item, from, to, oldIndex }) => {
    if (from === to) return
    recount(from, -1)
    recount(to, 1)
    const body = new URLSearchParams(new FormData(board))
    body.set('stage', to.dataset.stage)
    let refusal
    try {
      const answer = await fetch(`/leads/${item.dataset.lead}/stage`, { method: 'POST', body, headers: { 'X-Board': '1' } })
      if (answer.redirected) return location.assign(answer.url)
      if (!answer.ok) refusal = await answer.text()
    } catch {
      refusal = 'The server could not be reached; the lead was not moved.'
    }
    if (!refusal) return
    from.insertBefore(item, from.children[oldIndex] ?? null)
    recount(from, 1)
    recount(to, -1)
    say(refusal, '/leads/' + item.dataset.lead)
  }
  for (const lane of board.querySelectorAll('ul')) {
    Sortable.create(lane, { group: 'pipeline', animation: 120, delay: 150, delayOnTouchOnly: true, onEnd: move })
  }
})
