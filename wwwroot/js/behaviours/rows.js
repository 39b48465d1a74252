// Through the list of leads without the mouse: j and k go from row to row, x ticks one, and Enter opens it as any link.
import { isPlain } from './keys.js'

document.addEventListener('keydown', event => {
  const rows = [...document.querySelectorAll('.leads tbody tr:has(.who > a)')]
  if (rows.length === 0 || !isPlain(event)) return
  const here = rows.findIndex(row => row.contains(document.activeElement))
  const key = event.key.toLowerCase()
  if (key === 'j') focus(rows[here + 1])
  if (key === 'k') focus(rows[Math.max(0, here - 1)])
  if (key === 'x') rows[here]?.querySelector('.tick').click()
})

function focus(row) {
  row?.querySelector('.who > a').focus()
  row?.scrollIntoView({ block: 'nearest' })
}
