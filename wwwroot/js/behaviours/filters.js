// A filter that is chosen closes what it was chosen from; one that is taken away leaves the focus where another can be added.
const adder = () => document.querySelector('.add-filter')

document.addEventListener('change', event => {
  const open = event.target.closest('.add-filter')
  if (!open) return
  open.open = false
  open.querySelector('summary').focus()
})

document.addEventListener('keydown', event => {
  const open = event.key === 'Escape' && event.target.closest?.('.chooser[open]')
  if (!open) return
  open.open = false
  open.querySelector('summary').focus()
})

// What drops down closes when something beside it is pressed.
document.addEventListener('click', event => {
  for (const open of document.querySelectorAll('.chooser[open]')) if (!open.contains(event.target)) open.open = false
})

document.addEventListener('htmx:after:swap', event => {
  if (event.detail?.ctx?.target?.id === 'list') adder()?.querySelector('summary').focus()
})
