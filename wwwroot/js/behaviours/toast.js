// What was done is said for a moment at the foot of the page; screen readers read it out.
let timer

/**
 * @param {{ text?: string, href?: string, act?: () => void, stays?: boolean }} [more] Where the reader can look at it, or what can
 * still be done about it; the words then stay for longer. With `stays` they stay until something else is said.
 */
export function say(text, more) {
  const toast = document.getElementById('toast')
  if (!toast) return
  toast.textContent = text
  if (more?.text) toast.append(' ', more.act ? button(more, toast) : link(more))
  toast.hidden = false
  clearTimeout(timer)
  timer = more?.stays ? undefined : setTimeout(() => { toast.hidden = true }, more ? 10000 : 4000)
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
