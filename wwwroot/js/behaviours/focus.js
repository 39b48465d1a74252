// The exchanged part has taken the focus with it: it goes to what is wrong, to the first new row, or to where one was.
import { say } from './toast.js'

let rowsBefore = 0

// What was pressed or sent, and the part that is exchanged. When it is, htmx names another in its place.
let source, part

// What a page asks for by itself was done by nobody: it moves no focus, and nothing was saved. What asked may be exchanged with it.
const unasked = new WeakSet()

document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  rowsBefore = rows().length
  source = ctx.sourceElement
  part = ctx.target?.id
  if (ctx.sourceElement?.matches('[hx-trigger^="every"], [hx-trigger="load"]')) unasked.add(ctx)
})

document.addEventListener('htmx:after:swap', event => {
  const { ctx } = event.detail ?? {}
  if (!ctx || unasked.has(ctx)) return
  const wrong = document.querySelector('[aria-invalid="true"], .field:has(> .told) :is(input, select, textarea)')
  if (wrong) return wrong.focus()
  if (ctx.request.method !== 'GET' && part === 'lead') finish(source)
  else if (document.activeElement === document.body) goOn(source)
})

// A page comes back refused as well, and then begins at its top: what is wrong may lie far below.
if (document.activeElement === document.body) {
  const wrong = document.querySelector('main [aria-invalid="true"]') ?? document.querySelector('main .problem[role=alert]')
  if (wrong?.matches('.problem')) wrong.tabIndex = -1
  wrong?.focus()
}

// Who chose something goes on from there, and who asked for more from the first of it.
function goOn(chosen) {
  const again = chosen?.matches('a') && document.querySelector(`#lead a[href="${CSS.escape(chosen.getAttribute('href'))}"]`)
  if (again) again.focus({ preventScroll: true })
  else if (rowsBefore) rows()[rowsBefore - 1]?.querySelector('a')?.focus()
}

// Who has sent a form stands where it was. Where it is not there any more, the name tells what became of the lead.
function finish(form) {
  const same = form && document.querySelector(`#lead form[action="${CSS.escape(form.getAttribute('action') ?? '')}"]`)
  const place = same?.closest('details')?.querySelector('summary') ?? same?.querySelector('button')
  // htmx gives it back to a field that is there again.
  if (document.activeElement !== document.body) return saved()
  if (place) place.focus({ preventScroll: true })
  else document.querySelector('#lead h1').focus()
  saved()
}

function saved() {
  const { said } = document.getElementById('lead').dataset
  if (said) say(said)
}

function rows() {
  return document.querySelectorAll('.leads tbody tr')
}
