// A file that is dropped anywhere on its form, or chosen in it, is sent at once; without this the form has a button.
for (const form of document.querySelectorAll('form[data-drop]')) watch(form, form.querySelector('input[type=file]'))

function watch(form, input) {
  for (const type of ['dragenter', 'dragover']) form.addEventListener(type, event => mark(event, form, true))
  for (const type of ['dragleave', 'drop']) form.addEventListener(type, event => mark(event, form, false))
  form.addEventListener('drop', event => {
    if (!event.dataTransfer.files.length) return
    input.files = event.dataTransfer.files
    send(form)
  })
  input.addEventListener('change', () => { if (input.files.length) send(form) })
}

function mark(event, form, over) {
  event.preventDefault()
  form.classList.toggle('over', over)
}

function send(form) {
  form.requestSubmit()
  const button = form.querySelector('button')
  const words = button.textContent
  button.disabled = true
  button.textContent = 'Reading the file…'
  const again = () => {
    form.reset()
    button.disabled = false
    button.textContent = words
  }
  form.addEventListener('unsent', again, { once: true })
  // Who comes back to the page finds it as it was.
  addEventListener('pageshow', event => { if (event.persisted) again() }, { once: true })
}
