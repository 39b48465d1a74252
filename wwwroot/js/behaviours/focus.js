// The exchanged part has taken the focus with it: it goes to what is wrong, to the first new row, or to the lead's name.
import { say } from './toast.js'

let rowsBefore = 0

// What a page asks for by itself was done by nobody: it moves no focus, and nothing was saved. What asked may be exchanged with it.
const unasked = new WeakSet()

document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  rowsBefore = rows().length
  if (ctx.sourceElement?.matches('[hx-trigger^="every"], [hx-trigger="load"]')) unasked.add(ctx)
})

document.addEventListener('htmx:after:swap', event => {
  if (unasked.has(event.detail?.ctx)) return
  const wrong = document.querySelector('[aria-invalid="true"]')
  if (wrong) return wrong.focus()
  if (document.activeElement !== document.body) return
  const name = document.querySelector('#lead h1')
  if (name) return focusName(name)
  if (rowsBefore) rows()[rowsBefore - 1]?.querySelector('a')?.focus()
})

function rows() {
  return document.querySelectorAll('.leads tbody tr')
}

function focusName(name) {
  name.focus({ preventScroll: true })
  if (!document.querySelector('#lead .problem')) say('Saved.')
}
