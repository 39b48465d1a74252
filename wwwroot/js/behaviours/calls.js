// Sixty calls without the mouse: a letter presses what shows it, j and k go to the next and the one before, w writes.
import { isPlain } from './keys.js'

// What is written for a field that has not the focus, since the page came meanwhile, is no outcome of a call: a letter that notes one
// stands alone, with none so many milliseconds before it and none so many after it.
const before = 600
const after = 300

let last = -before
let alone

document.addEventListener('keydown', event => {
  clearTimeout(alone)
  const card = document.querySelector('.call-card')
  if (!card) return
  if (event.key === 'Escape' && card.contains(event.target)) return event.target.blur()
  if (!isPlain(event) || event.key.length > 1) return
  const key = event.key.toLowerCase()
  if (key === 'w') {
    event.preventDefault()
    return card.querySelector('textarea').focus()
  }
  const isFirst = event.timeStamp - last > before
  last = event.timeStamp
  if (key === 'j' || key === 'k') return go(key === 'j' ? 1 : -1)
  const pressed = card.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (isFirst) alone = setTimeout(() => pressed?.click(), after)
})

function go(step) {
  const picks = [...document.querySelectorAll('.queue a.pick')]
  const here = picks.findIndex(pick => pick.getAttribute('aria-current') === 'true')
  picks[here + step]?.click()
}
