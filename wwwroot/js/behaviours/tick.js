// One box ticks all that are shown, the button says how many are ticked, and two people's can be merged.
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
  const ticked = all.filter(tick => tick.checked)
  const chosen = ticked.length
  button.textContent = chosen ? button.dataset.ticked.replace('#', chosen) : button.dataset.none
  button.form.classList.toggle('chosen', chosen > 0)
  const merge = document.querySelector('[data-two]')
  if (merge) merge.hidden = chosen !== 2 || new Set(ticked.map(tick => tick.dataset.whose)).size !== 2
  for (const box of document.querySelectorAll('[data-tick-all]')) {
    box.checked = chosen > 0 && chosen === all.length
    box.indeterminate = chosen > 0 && chosen < all.length
  }
}
