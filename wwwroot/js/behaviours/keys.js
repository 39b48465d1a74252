// A letter alone, pressed while nothing is typed and no dialog is open: it may mean something to the page.
export function isPlain(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return false
  return !event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')
}
