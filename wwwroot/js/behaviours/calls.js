// Sixty calls without the mouse: a letter presses what shows it, j and k go to the next and the one before, w writes; u takes back what
// was just done. On a person's page j and k go to the next lead of the list and to the one before.
import { isPlain } from './keys.js'
import { say } from './toast.js'

// What is written for a field that has not the focus, since the page came meanwhile, is no outcome of a call: a letter that notes one
// stands alone, with none so many milliseconds before it and none so many after it.
const before = 600
const after = 300

// Where what was said is written down: beside the queue, and on a person's page.
const writing = ':is(.call-card, .composer) :is(textarea, input)'

let last = -before
let alone

document.addEventListener('keydown', event => {
  clearTimeout(alone)
  const written = event.target.closest?.(writing)
  if (written && event.key === 'Escape') return written.blur()
  if (written && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return send(written)
  if (!isPlain(event) || event.key.length > 1) return
  const key = event.key.toLowerCase()
  if (key === 'w') return write(event)
  const isFirst = event.timeStamp - last > before
  last = event.timeStamp
  const picks = [...document.querySelectorAll('.queue a.pick')]
  if (picks.length && (key === 'j' || key === 'k')) return go(picks, key === 'j' ? 1 : -1)
  const pressed = document.querySelector(`:is(.call-card, .crumb, #toast:not([hidden])) [data-key="${CSS.escape(key)}"]`)
  if (isFirst && pressed) alone = setTimeout(() => press(pressed), after)
})

// Whoever goes on by a key has the hands on the keyboard, and perhaps a note half written.
function press(what) {
  const unkept = what.matches('a') && [...document.querySelectorAll('.composer textarea')].find(area => area.value !== area.defaultValue)
  if (!unkept) return what.click()
  unkept.focus()
  say('Keep what you wrote first, or clear it.')
}

function write(event) {
  const field = document.querySelector('.call-card textarea, .composer details[open] textarea')
  if (!field) return
  event.preventDefault()
  field.focus()
}

// Only where there is one thing that can come of it: beside the queue there is a button for each outcome.
function send(written) {
  const form = written.closest('.composer form')
  if (written.matches('textarea') && form?.querySelectorAll('button').length === 1) form.requestSubmit()
}

function go(picks, step) {
  const here = picks.findIndex(pick => pick.getAttribute('aria-current') === 'true')
  picks[here + step]?.click()
}
