// Everything works without this file; with it, some things take fewer keys.

const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
    return
  if (event.key === '/') {
    const search = document.querySelector('form[role="search"] input')
    if (search instanceof HTMLInputElement) {
      event.preventDefault()
      search.focus()
    }
  }
})

// Filters apply when a choice is made; the button stays for whoever has no script.
for (const select of document.querySelectorAll('form.filters select'))
  select.addEventListener('change', () => select.form?.requestSubmit())
