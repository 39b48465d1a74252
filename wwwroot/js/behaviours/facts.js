// A fact that is changed in its place: the first field has the focus, Escape gives it up, and the focus comes back to what was pressed.
import { say } from './toast.js'

let pressed

document.addEventListener('click', event => {
  const link = event.target.closest('#facts a.edit')
  if (link) pressed = link.id
})

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') event.target.closest?.('.fact-form')?.querySelector('[data-gives-up]').click()
})

document.addEventListener('htmx:after:swap', event => {
  if (event.detail?.ctx?.target?.id !== 'facts') return
  const field = document.querySelector('.fact-form :is([aria-invalid=true], select, input:not([type=hidden]))')
  if (field) return field.focus()
  document.getElementById(pressed)?.focus()
  const { said } = document.getElementById('facts').dataset
  if (said) say(said)
})
