import { connect } from './connection.js'
import { isBusy, takeForms } from './forms.js'
import { byId } from './requests.js'
import {
  expectCurrent,
  expectVersion,
  refresh,
  sayWhen,
  showFirstOrigin,
  showLengthInTitle,
} from './screen.js'
import { hurry } from './writes.js'

takeForms()
showFirstOrigin()
sayWhen()
window.addEventListener('beforeprint', sayWhen)

// If the item that the message links to is on this page, no other page needs to be loaded.
byId('said').addEventListener('click', ({ target }) => {
  if (!(target instanceof HTMLAnchorElement)) return
  if (document.getElementById(target.hash.slice(1))) target.href = target.hash
})

connect({
  onMessage({ type, data }) {
    if (type === 'current') expectCurrent(data.current)
    if (type === 'release') followRelease(data.assets)
    if (type !== 'queue') return
    expectVersion(data.version)
    showLengthInTitle(document.hidden ? data.length : undefined)
  },
  onLost: () => showLengthInTitle('0'), // the length is no longer known
  onBack() {
    showLengthInTitle()
    hurry()
    void refresh()
  },
})

/**
 * Reloads the window if the server has another release. If the visitor would lose something, or the window has been
 * reloaded for this release already, the page shows a link instead.
 *
 * @param {string} assets the version of the server's files
 */
function followRelease(assets) {
  if (import.meta.url.includes(`/${assets}/`)) return
  if (!isBusy() && takeReload(assets)) {
    location.reload()
    return
  }
  const link = Object.assign(document.createElement('a'), { href: '', textContent: 'Load it' })
  byId('release').replaceChildren('There is a new version of this page. ', link)
}

/**
 * Takes the one reload that a window has for each release: while one rolls out, the next answer may come from an old
 * process.
 *
 * @param {string} assets
 * @returns {boolean} whether it was still there
 */
function takeReload(assets) {
  try {
    if (sessionStorage.getItem('release') === assets) return false
    sessionStorage.setItem('release', assets)
    return true
  } catch {
    return false // a visitor who blocks cookies has no storage either, so the page would reload for ever
  }
}
