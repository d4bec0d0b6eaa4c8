// Everything works without this file; with it, some things take fewer keys.

const isTyping = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(radio|checkbox)$/.test(target.type)))

const focus = (element) => {
  if (!(element instanceof HTMLElement)) return false
  element.focus()
  return true
}

/** What a key alone does: a search, the keys of the page, and whatever has that key as its own. */
function press(key) {
  if (key === '/') return focus(document.querySelector('form[role="search"] input'))
  if (key === '?') {
    const keys = document.getElementById('keys')
    if (!(keys instanceof HTMLDialogElement)) return false
    keys.showModal()
    return true
  }
  const own = /^[a-z]$/.test(key) ? document.querySelector(`[data-key="${key}"]`) : null
  if (own instanceof HTMLInputElement) {
    own.click()
    return focus(own.form?.querySelector('textarea'))
  }
  if (!(own instanceof HTMLAnchorElement)) return false
  own.click()
  return true
}

/** On a narrow screen the places scroll: the one of this page is in sight. */
function showPlace() {
  const [list, place] = ['.bar nav ul', '.bar nav [aria-current]'].map((one) => document.querySelector(one))
  if (list && place) list.scrollLeft = place.offsetLeft - (list.clientWidth - place.offsetWidth) / 2
}
showPlace()
addEventListener('resize', showPlace)

document.addEventListener('keydown', (event) => {
  const { target } = event
  if (event.defaultPrevented || event.isComposing) return
  const isSend = event.key === 'Enter' && (event.ctrlKey || event.metaKey)
  if (isSend && target instanceof HTMLElement) {
    const form = target.closest('form.decision')
    if (form instanceof HTMLFormElement) form.requestSubmit()
    return
  }
  // Out of the text, so that the keys are heard again.
  if (event.key === 'Escape' && isTyping(target)) target.blur()
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return
  if (document.querySelector('dialog[open]') === null && press(event.key)) event.preventDefault()
})

for (const all of document.querySelectorAll('input[data-all]'))
  all.addEventListener('change', () => {
    for (const one of all.form?.querySelectorAll(`input[name="${all.dataset.all}"]`) ?? [])
      one.checked = all.checked
  })

// A form that is sent once is sent once.
document.addEventListener('submit', (event) => {
  const { submitter } = event
  if (submitter instanceof HTMLButtonElement && event.target.method === 'post')
    setTimeout(() => {
      submitter.disabled = true
    })
})
