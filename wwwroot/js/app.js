// What htmx alone does not do, one behaviour a file. Every page works without it.
import './behaviours/focus.js'
import './behaviours/unsent.js'
import './behaviours/signed-out.js'
import './behaviours/palette.js'
import './behaviours/one-open.js'
import './behaviours/board.js'
import './behaviours/again.js'
import './behaviours/drop.js'
