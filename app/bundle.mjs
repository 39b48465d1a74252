// Puts the style sheets and scripts of wwwroot into one file each: `node bundle.mjs FOLDER`.
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
