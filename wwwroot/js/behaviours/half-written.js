// What is done on a person's page exchanges the whole of it: what was typed into its other forms, and into the one that was sent while
// its answer was on the way, was sent by nobody, and goes on standing in the new ones.
import { say } from './toast.js'
import { mark } from './unsent.js'

const sent = new WeakMap()
let kept

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  const form = ctx.sourceElement
  if (form?.matches?.('form')) sent.set(form, new Map(typed(form).map(field => [field, said(field)])))
})

// Where no answer came, nobody knows that it was sent.
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => sent.delete(ctx.sourceElement))

document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  kept = ctx.target?.id === 'lead' ? halfWritten(ctx.target, ctx.sourceElement) : undefined
})

document.addEventListener('htmx:after:swap', () => {
  if (kept) putBack(kept)
  kept = undefined
})

/** What is half written in a part of a person's page that is about to be exchanged, and of which forms nobody knows whether they
 * arrived. @param {Element} [answered] The form whose answer it is, where it is one's. */
export function halfWritten(part, answered) {
  const forms = [...part.querySelectorAll('form[method=post]')]
  return {
    fields: forms.flatMap(form => unsent(form, form === answered)),
    doubts: forms.filter(form => form !== answered && form.querySelector('.unsent')).map(form => ({
      action: form.getAttribute('action'), id: form.elements.formId?.value, says: form.querySelector('.unsent').textContent,
    })),
  }
}

/** Puts it into the forms that stand there now. Words for which there is no form any more are said: they can be copied. */
export function putBack({ fields, doubts }) {
  const homeless = fields.filter(left => !put(left)).filter(left => left.isText && left.says.trim())
  if (homeless.length) {
    const words = homeless.map(left => `“${left.says.trim()}”`).join(', ')
    say(`What you typed has no place here any more: ${words}`, { stays: true })
  }
  for (const { action, id, says } of doubts) {
    const [form] = formsOf(action)
    if (!form) continue
    if (id && form.elements.formId) form.elements.formId.value = id
    mark(form, says)
  }
}

/** Each field of a form that says something else than its page, or than what was sent of it where this is its answer: that of a form
 * that is still on its way finds it gone, whatever it says. */
function unsent(form, isAnswered) {
  const [before, isRefused] = [isAnswered && sent.get(form), form.querySelector('[aria-invalid=true], .problem')]
  const left = typed(form).filter(field => before ? before.get(field) !== said(field) : isRefused || differs(field))
  return left.map(field => ({
    action: form.getAttribute('action'), name: field.name, value: field.value, says: said(field), isText: isText(field),
    was: form.elements[`was-${field.name}`]?.value, id: before ? undefined : form.elements.formId?.value,
    isOpen: form.closest('details')?.open ?? true, isTyped: field === document.activeElement,
  }))
}

// What it was drawn as goes along: where that was changed meanwhile, who sends it is asked. So does the form's id, but for one that was
// answered: whose answer was lost may have arrived, and is not to be done twice.
function put(left) {
  const form = formsOf(left.action).find(f => named(f, left))
  if (!form) return false
  const [field, before, panel] = [named(form, left), form.elements[`was-${left.name}`], form.closest('details')]
  if (isTick(field)) field.checked = left.says
  else field.value = left.says
  if (before && left.was !== undefined) before.value = left.was
  if (left.id && form.elements.formId) form.elements.formId.value = left.id
  if (panel && left.isOpen) panel.open = true
  if (left.isTyped) field.focus()
  return true
}

function formsOf(action) {
  return [...document.querySelectorAll(`#lead form[action="${CSS.escape(action)}"]`)]
}

function typed(form) {
  return [...form.elements].filter(e => e.name && e.matches('input:not([type=hidden], [type=password], [type=file]), textarea, select'))
}

function named(form, { name, value }) {
  return typed(form).find(field => field.name === name && (!isTick(field) || field.value === value))
}

function isTick(field) {
  return field.matches('[type=checkbox], [type=radio]')
}

function isText(field) {
  return field.matches('textarea, [type=text], input:not([type])')
}

function said(field) {
  return isTick(field) ? field.checked : field.value
}

/** Whether a field says something else than its page does. */
export function differs(field) {
  return said(field) !== drawn(field)
}

function drawn(field) {
  if (isTick(field)) return field.defaultChecked
  if (!field.options) return field.defaultValue
  return ([...field.options].find(option => option.defaultSelected) ?? field.options[0])?.value ?? ''
}
