// Sixty calls without the mouse: a letter presses what shows it, j and k go to the next and the one before, w writes.
import { isPlain } from './keys.js'

document.addEventListener('keydown', event => {
  const card = document.querySelector('.call-card')
  if (!card) return
  if (event.key === 'Escape' && card.contains(event.target)) return event.target.blur()
  if (!isPlain(event)) return
  const key = event.key.toLowerCase()
  if (key === 'j' || key === 'k') return go(key === 'j' ? 1 : -1)
  if (key === 'w') {
    event.preventDefault()
    return card.querySelector('textarea').focus()
  }
  card.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click()
})

function go(step) {
  const picks = [...document.querySelectorAll('.queue a.pick')]
  const here = picks.findIndex(pick => pick.getAttribute('aria-current') === 'true')
  picks[here + step]?.click()
}
