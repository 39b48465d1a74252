// A button that prints the page, as the style sheet lays it out for paper.
document.addEventListener('click', event => {
  if (event.target.closest('[data-print]')) print()
})

// More rows may have come to those with which the page began.
addEventListener('beforeprint', () => {
  const count = document.querySelector('[data-rows]')
  if (count) count.textContent = document.querySelectorAll('.leads tbody tr:not(.more)').length
})
