// A button that prints the page, as the style sheet lays it out for paper.
document.addEventListener('click', event => {
  if (event.target.closest('[data-print]')) print()
})
