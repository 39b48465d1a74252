// "?" explains the keys; the button in the side bar does so by itself.
import { isPlain } from './keys.js'

document.addEventListener('keydown', event => {
  if (event.key === '?' && isPlain(event)) document.getElementById('keys')?.showModal()
})
