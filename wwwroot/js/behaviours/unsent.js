// An answer that never came leaves open whether the form arrived: nobody may believe that it did, or that it did not.
import { say } from './toast.js'

document.addEventListener('htmx:error', event => tell(event.target))

// A proxy's error page is not an answer of ours, which says where it belongs; it must not replace what was typed.
document.addEventListener('htmx:before:response', event => {
  const { status, headers } = event.detail.ctx.response
  if (status < 500 || headers.has('HX-Reswap')) return
  event.preventDefault()
  tell(event.target)
})

document.addEventListener('htmx:before:swap', () => {
  for (const said of document.querySelectorAll('.unsent')) said.remove()
})

function tell(source) {
  const form = source.closest?.('form[method=post]')
  if (!form) return say('The server could not be reached. Please try again.')
  form.querySelector('.problem.unsent')?.remove()
  // Who could not be told that it arrived may put right what did.
  if (form.elements.corrects) form.elements.corrects.value = 'true'
  form.prepend(problem('We could not tell whether it was sent. Sending it again is harmless.'))
}

function problem(text) {
  const p = document.createElement('p')
  p.className = 'problem unsent'
  p.setAttribute('role', 'alert')
  p.textContent = text
  return p
}
