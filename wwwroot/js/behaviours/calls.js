// Sixty calls without the mouse: a letter presses what shows it, j and k go to the next and the one before.
document.addEventListener('keydown', event => {
  const card = document.querySelector('.call-card')
  if (!card || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
  if (event.target.closest('input, textarea, select, [contenteditable]')) {
    if (event.key === 'Escape') event.target.blur()
    return
  }
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
