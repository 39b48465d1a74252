// What was done is said for a moment at the foot of the page; screen readers read it out.
let timer

/** @param {{ href: string, text: string }} [link] Where the reader can look at it; the words then stay for longer. */
export function say(text, link) {
  const toast = document.getElementById('toast')
  if (!toast) return
  toast.textContent = text
  if (link) {
    const a = document.createElement('a')
    a.href = link.href
    a.textContent = link.text
    toast.append(' ', a)
  }
  toast.hidden = false
  clearTimeout(timer)
  timer = setTimeout(() => { toast.hidden = true }, link ? 8000 : 4000)
}
