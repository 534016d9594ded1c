/** What each item's content was made from. The screen may show a translation of it. @type {WeakMap<Node, string>} */
const sources = new WeakMap()
for (const item of document.querySelectorAll('#queue > li')) sources.set(item, item.innerHTML)

/**
 * Makes an element equal to a fresh one and changes only what differs, so that focus, selection and scroll position
 * stay. Children are matched by their id, and those without an id by their order. An item whose content did not
 * change keeps what a translator has made of it.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
export function morph(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  if (old.matches('#queue > li')) {
    if (sources.get(old) === fresh.innerHTML) return
    sources.set(old, fresh.innerHTML)
  }
  const wanted = new Set([...fresh.children].map((child) => child.id))
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove()

  let next = old.firstChild
  for (const node of fresh.childNodes) {
    const same = counterpart(next, node)
    if (!same) {
      const made = document.importNode(node, true)
      if (made instanceof Element) sources.set(made, made.innerHTML)
      old.insertBefore(made, next)
      continue
    }
    // A node that moves loses its focus and selection. So what stands before it is removed instead, if that has no id.
    while (next && next !== same && !idOf(next)) next = drop(next)
    if (same !== next) old.insertBefore(same, next)
    if (same instanceof Element && node instanceof Element) morph(same, node)
    else if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue
    next = same.nextSibling
  }
  while (next) next = drop(next)
}

/** @param {ChildNode} node @returns the one after it */
function drop(node) {
  const next = node.nextSibling
  node.remove()
  return next
}

/**
 * Finds the node that the fresh node replaces, from this one on.
 *
 * @param {ChildNode | null} from
 * @param {ChildNode} fresh
 */
function counterpart(from, fresh) {
  const id = fresh instanceof Element ? fresh.id : ''
  if (!id) return from?.nodeName === fresh.nodeName && !idOf(from) ? from : null
  for (let node = from; node; node = node.nextSibling) if (idOf(node) === id) return node
  return null
}

/** @param {ChildNode} node */
function idOf(node) {
  return node instanceof Element ? node.id : ''
}

/**
 * Changes the page and keeps the visible items where they are on the screen. WebKit has no `overflow-anchor`, so this
 * is done here for all browsers.
 *
 * @param {() => void} change
 */
export function keepingPlace(change) {
  const seen = scrollY > 0 ? [...document.querySelectorAll('#queue > li')].filter(isInSight) : []
  const tops = seen.map((item) => item.getBoundingClientRect().top)
  change()
  const stays = seen.findIndex((item) => item.isConnected)
  if (stays < 0) return
  const movedBy = (seen[stays]?.getBoundingClientRect().top ?? 0) - (tops[stays] ?? 0)
  if (movedBy !== 0) scrollBy({ top: movedBy, behavior: 'instant' })
}

/** @param {Element} item */
function isInSight(item) {
  const { top, bottom } = item.getBoundingClientRect()
  return bottom > 0 && top < innerHeight
}
