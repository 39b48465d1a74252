// Search from anywhere: Ctrl+K, "/" or a press opens it; arrows walk through what was found, and Enter goes to the first of it.
import { isPlain } from './keys.js'

const palette = document.getElementById('palette')
const box = palette?.querySelector('input')

if (palette) {
  document.addEventListener('keydown', event => {
    if (isAsked(event)) open(event)
  })
  document.addEventListener('click', event => {
    if (event.target.closest('[data-opens=palette]') && !isForAnotherTab(event)) open(event)
  })
  palette.addEventListener('keydown', walk)
  palette.addEventListener('submit', event => {
    const first = palette.querySelector('#found a')
    if (!first || !box.value) return
    event.preventDefault()
    first.click()
  })
}

function isAsked(event) {
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) return true
  return event.key === '/' && isPlain(event)
}

function isForAnotherTab(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0
}

function open(event) {
  event.preventDefault()
  document.querySelector('.side:popover-open')?.hidePopover()
  if (!palette.open) palette.showModal()
  box.select()
  box.dispatchEvent(new Event('opened'))
}

function walk(event) {
  // A browser empties the field by the first Escape, and only then closes what it is in.
  if (event.key === 'Escape') {
    event.preventDefault()
    return palette.close()
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const stops = [box, ...palette.querySelectorAll('#found a')]
  const next = stops.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1)
  event.preventDefault()
  stops[(next + stops.length) % stops.length].focus()
}
