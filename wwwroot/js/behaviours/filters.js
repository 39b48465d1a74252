// What drops down closes by Escape, and when something beside it is pressed. A filter that is chosen closes what it was chosen from; one
// that is taken away leaves the focus where another can be added.
const dropped = ':is(.chooser, .move)[open]'
const adder = () => document.querySelector('.add-filter')

// Each arrow on a list of choices chooses: who goes through them so is done when they press Enter.
let walks = false

document.addEventListener('change', event => {
  const open = event.target.closest('.add-filter')
  if (open && !walks) close(open)
})

document.addEventListener('keydown', event => {
  const open = event.target.closest?.(dropped)
  const chooses = open && event.target.matches('select')
  walks = chooses && (event.key.startsWith('Arrow') || event.key.length === 1 && event.key !== ' ')
  if (!open || event.key !== 'Escape' && !(chooses && event.key === 'Enter')) return
  // The summary, which has the focus then, would hear the same key.
  event.preventDefault()
  close(open)
})

document.addEventListener('pointerdown', () => { walks = false })

document.addEventListener('click', event => {
  for (const open of document.querySelectorAll(dropped)) if (!open.contains(event.target)) open.open = false
})

document.addEventListener('htmx:after:swap', event => {
  if (event.detail?.ctx?.target?.id === 'list') adder()?.querySelector('summary').focus()
})

function close(chooser) {
  chooser.open = false
  chooser.querySelector('summary').focus()
}
