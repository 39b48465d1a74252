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

// Of the form that is answered alone it is known now; what was said above the whole part is said anew, or not.
document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  for (const said of ctx.sourceElement?.querySelectorAll?.('.unsent') ?? []) said.remove()
  for (const said of ctx.target?.querySelectorAll?.(':scope > .unsent') ?? []) said.remove()
})

// The browser knows first; what is typed stays where it is until somebody sends it.
addEventListener('offline', () => say('You are offline. What you typed stays here: send it when you are back.', { stays: true }))
addEventListener('online', () => say('You are online again.'))

function tell(source) {
  const form = source.closest?.('form[method=post]')
  if (!form) return say('The server could not be reached. Nothing here was changed or lost.', retry(source))
  // Who could not be told that it arrived may put right what did.
  if (form.elements.corrects) form.elements.corrects.value = 'true'
  mark(form, 'We could not tell whether it was sent. Sending it again is harmless.')
}

/** Says above a form why it was not sent; null where there is nothing to say any more. */
export function mark(form, text) {
  form.querySelector('.problem.unsent')?.remove()
  if (!text) return
  form.prepend(problem(text))
  form.firstElementChild.scrollIntoView({ block: 'nearest' })
}

// What was asked for by a link or a filter is asked for again; what a page asks for by itself comes by itself.
function retry(source) {
  if (source.matches?.('a')) return { text: 'Try again', act: () => source.click() }
  if (source.matches?.('form')) return { text: 'Try again', act: () => source.requestSubmit() }
  return undefined
}

function problem(text) {
  const p = document.createElement('p')
  p.className = 'problem unsent'
  p.setAttribute('role', 'alert')
  p.textContent = text
  return p
}
