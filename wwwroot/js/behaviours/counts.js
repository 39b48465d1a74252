// How many wait, beside the places of the frame, follows what colleagues do and what is done here. The number alone is exchanged: whoever
// stands on a place stays there.
const pause = 800

let timer

// Who does something is told nothing of it by the stream that live.js hears.
document.addEventListener('htmx:after:request', event => {
  if (event.detail.ctx.request.method !== 'GET') countAnew()
})

/** Soon, and once for all that happens within a moment. */
export function countAnew() {
  clearTimeout(timer)
  timer = setTimeout(ask, pause)
}

/** @param {ParentNode} page On which the places stand as they are now. */
export function count(page) {
  for (const place of document.querySelectorAll('a[data-place]')) {
    const now = page.querySelector(`a[data-place="${place.dataset.place}"]`)
    if (!now) continue
    const [before, waits] = [place.querySelector('.waits'), now.querySelector('.waits')]
    place.setAttribute('href', now.getAttribute('href'))
    if (before?.textContent === waits?.textContent) continue
    before?.remove()
    if (waits) place.append(document.importNode(waits, true))
  }
}

async function ask() {
  if (!document.querySelector('a[data-place]')) return // a public page has none, and its visitor would be refused
  const answer = await fetch('/live/counts', { headers: { 'HX-Request': 'true' } }).catch(() => null)
  // A server that is away is told by whoever presses something; here nothing was asked for.
  if (answer?.ok && !answer.redirected) count(new DOMParser().parseFromString(await answer.text(), 'text/html'))
}
