// Puts the style sheets and scripts of wwwroot into one file each: `node bundle.mjs FOLDER`.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

await build({
  entryPoints: { 'css/app': '../wwwroot/css/app.css', 'js/app': '../wwwroot/js/app.js' },
  outdir: process.argv[2],
  bundle: true,
  minify: true,
  format: 'esm',
  // What only one page needs, such as dragging on the pipeline, is a file of its own.
  splitting: true,
  chunkNames: 'js/[name]-[hash]',
  // Packages lie beside this file, not beside wwwroot.
  nodePaths: ['node_modules'],
  external: ['/lib/*'],
  logLevel: 'warning',
})

// The icons that pages name, as one file: each is drawn in the colour of the text beside it.
const icons = [
  'archive-restore', 'banknote', 'bookmark', 'calendar-clock', 'chart-column', 'circle-user-round', 'copy', 'ellipsis', 'file-text',
  'file-up', 'graduation-cap', 'history', 'id-card', 'keyboard', 'log-out', 'mail', 'menu', 'message-circle', 'pencil', 'phone',
  'phone-call', 'phone-missed', 'plus', 'printer', 'receipt', 'search', 'send', 'settings', 'square-kanban', 'sticky-note', 'sunrise',
  'user', 'user-plus', 'users', 'wallet', 'x',
]
const symbols = await Promise.all(icons.map(async name => {
  const svg = await readFile(`node_modules/lucide-static/icons/${name}.svg`, 'utf8')
  const drawing = svg.replace(/<!--.*?-->/gs, '').replace(/^.*?<svg[^>]*>/s, '').replace('</svg>', '').replace(/\s*\n\s*/g, '')
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" `
    + `stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`
}))
await mkdir(`${process.argv[2]}/lib`, { recursive: true })
await writeFile(`${process.argv[2]}/lib/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`)
