/**
 * Changes the page, and keeps what the reader sees of the line where it is: browsers do that by `overflow-anchor`,
 * but WebKit has none, so it is switched off and done here for all of them.
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
