// A form that is sent as a page takes the page along: where nobody answers, so do what was typed and the place where one was. So the
// server is asked first whether it is there, and a page that is left while offline stays. What htmx sends is told by unsent.js.
import { say } from './toast.js'
import { mark } from './unsent.js'

// A password is typed anew.
const forms = 'form[method=post]:not(:has([type=password]))'
const fields = ':has(input:not([type=hidden]), textarea, select)'
const asked = new WeakSet()
const unreached = 'The server could not be reached. Nothing was sent, and what you typed stays here: send it again when you are back.'

document.addEventListener('submit', event => {
  const form = event.target
  if (event.defaultPrevented || !form.matches(forms) || asked.delete(form)) return
  event.preventDefault()
  send(form, event.submitter)
})

document.addEventListener('click', event => {
  const link = event.target.closest('a[href]')
  if (navigator.onLine || event.defaultPrevented || !link?.closest('.staff') || !leaves(link)) return
  event.preventDefault()
  say('You are offline, so that page cannot come.', { text: 'Try again', act: () => link.click() })
})

function leaves({ hash, origin, pathname, search, target }) {
  return origin === location.origin && !target && !(hash && pathname + search === location.pathname + location.search)
}

async function send(form, submitter) {
  if (form.dataset.asks) return
  form.dataset.asks = 'yes'
  const there = await fetch('/health/live', { cache: 'no-store' }).then(answer => answer.ok, () => false)
  delete form.dataset.asks
  const again = () => form.requestSubmit(submitter)
  // A button alone has no room for a sentence; the foot of the page has.
  const small = !form.matches(fields) && document.getElementById('toast')
  if (small && !there) say('The server could not be reached. Nothing was done.', { text: 'Try again', act: again })
  else mark(form, there ? null : unreached)
  if (!there) return form.dispatchEvent(new Event('unsent'))
  asked.add(form)
  again()
}
