// One box ticks all that are shown, and the button says how many are ticked.
const ticks = () => document.querySelectorAll('.tick[name=ids]')

addEventListener('change', event => {
  if (event.target.matches('[data-tick-all]')) for (const tick of ticks()) tick.checked = event.target.checked
  if (event.target.matches('.tick, [data-tick-all]')) count()
})
// Rows that came after: "Show more", another filter.
addEventListener('htmx:after:swap', count)
addEventListener('pageshow', count)

function count() {
  const button = document.querySelector('[data-ticked]')
  if (!button) return
  const all = [...ticks()]
  const chosen = all.filter(tick => tick.checked).length
  button.textContent = chosen ? button.dataset.ticked.replace('#', chosen) : button.dataset.none
  button.form.classList.toggle('chosen', chosen > 0)
  for (const box of document.querySelectorAll('[data-tick-all]')) {
    box.checked = chosen > 0 && chosen === all.length
    box.indeterminate = chosen > 0 && chosen < all.length
  }
}
