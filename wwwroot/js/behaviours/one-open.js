// Opening one action on a lead's page closes the others.
document.addEventListener('toggle', event => {
  const opened = event.target
  if (!opened.open || !opened.matches('.actions > details')) return
  for (const other of opened.parentElement.children) if (other !== opened) other.open = false
}, true) // toggle does not bubble
