// What was done is said for a moment at the foot of the page; screen readers read it out.
let timer

/**
 * @param {{ text?: string, href?: string, act?: () => void, stays?: boolean }} [more] Where the reader can look at it, or what can
 * still be done about it; the words then stay for longer. With `stays` they stay until something else is said.
 */
export function say(text, more) {
  const toast = document.getElementById('toast')
  if (!toast) return
  const further = more?.text ? [' ', more.act ? button(more, toast) : link(more)] : []
  show(toast, [text, ...further], more?.stays ? undefined : more ? 10000 : 4000)
}

// What was done on the page before, with its Undo; without a script it stands above the queue.
const did = document.querySelector('[data-did]')
if (did) {
  show(document.getElementById('toast'), [did], 10000)
  // Said once: who loads the page again has read it.
  const here = new URL(location)
  here.searchParams.delete('did')
  history.replaceState(history.state, '', here)
}

// Some readers are silent about what was filled while it was hidden.
function show(toast, parts, lasts) {
  toast.hidden = false
  toast.replaceChildren(...parts)
  clearTimeout(timer)
  timer = lasts && setTimeout(() => hide(toast, lasts), lasts)
}

// Whoever is about to press something in it is not outrun.
function hide(toast, lasts) {
  if (toast.matches(':hover, :focus-within')) timer = setTimeout(() => hide(toast, lasts), lasts)
  else toast.hidden = true
}

// What was done before is no news beside the reason why something is refused now.
document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  if (timer && ctx.response?.status === 422) document.getElementById('toast').hidden = true
})

function link({ href, text }) {
  const a = document.createElement('a')
  a.href = href
  a.textContent = text
  return a
}

function button({ act, text }, toast) {
  const b = document.createElement('button')
  b.type = 'button'
  b.className = 'small'
  b.textContent = text
  b.addEventListener('click', () => {
    toast.hidden = true
    act()
  })
  return b
}
