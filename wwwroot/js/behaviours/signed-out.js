// Who is signed out while typing is asked to sign in with the form in hand: it is sent once more as a page, which keeps what was typed.
document.addEventListener('htmx:before:response', event => {
  const { request, response } = event.detail.ctx
  if (response.status !== 401 || request.method !== 'POST') return
  event.preventDefault()
  const form = document.createElement('form')
  form.method = 'post'
  form.action = request.action
  form.hidden = true
  for (const [name, value] of new URLSearchParams(request.body)) form.append(field(name, value))
  document.body.append(form)
  form.submit()
})

function field(name, value) {
  const area = document.createElement('textarea') // keeps line breaks
  area.name = name
  area.value = value
  return area
}
