// What htmx alone does not do. Every page works without this file.

// A refused or changed part of the page gets the focus where the person is needed next.
document.addEventListener('htmx:after:swap', () => {
  document.querySelector('[aria-invalid="true"]')?.focus()
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
  const toast = document.getElementById('toast')
  const recount = (lane, by) => {
    const total = lane.closest('section').querySelector('[data-total]')
    total.textContent = Number(total.textContent) + by
  }
  const say = (text, lead) => {
    toast.textContent = text + ' '
    const link = document.createElement('a')
    link.href = '/leads/' + lead
    link.textContent = 'Open the lead'
    toast.append(link)
    toast.hidden = false
    clearTimeout(say.timer)
    say.timer = setTimeout(() => { toast.hidden = true }, 8000)
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
    say(refusal, item.dataset.lead)
  }
  for (const lane of board.querySelectorAll('ul')) {
    Sortable.create(lane, { group: 'pipeline', animation: 120, delay: 150, delayOnTouchOnly: true, onEnd: move })
  }
})
