// A form that could not be stored for the moment is sent again by itself, as its page says.
for (const form of document.querySelectorAll('form[data-again]')) {
  setTimeout(() => form.requestSubmit(), Number(form.dataset.again) * 1000)
}
