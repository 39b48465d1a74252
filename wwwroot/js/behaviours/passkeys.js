// Signs in with a passkey, and adds one. A form for that is shown where the browser knows passkeys, at the address that they are for.
const knows = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!knows || form.dataset.origin !== location.origin) continue
  form.hidden = false
  form.addEventListener('submit', event => {
    event.preventDefault()
    send(form)
  })
}

async function send(form) {
  const [button, said] = [form.querySelector('button'), form.querySelector('[role=alert]')]
  button.disabled = true
  said.hidden = true
  try {
    const { options, challenge } = await ask(form)
    const credential = form.dataset.passkey === 'add'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
    form.elements.challenge.value = challenge
    form.elements.credential.value = JSON.stringify(credential.toJSON())
    form.submit()
  } catch (failure) {
    said.textContent = wordsFor(failure)
    said.hidden = false
  } finally {
    button.disabled = false
  }
}

async function ask(form) {
  const answer = await fetch(`${form.getAttribute('action')}/challenge`)
  if (!answer.ok) throw new Error(`The challenge was answered ${answer.status}.`)
  return answer.json()
}

function wordsFor(failure) {
  if (failure.name === 'InvalidStateError') return 'This device has a passkey of yours already.'
  if (failure.name === 'NotAllowedError') return 'No passkey was given, or it took too long.'
  return 'That did not work. Try once more in a moment.'
}
