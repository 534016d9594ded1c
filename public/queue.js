import { connect } from './connection.js'
import { isBusy, takeForms } from './forms.js'
import { byId } from './requests.js'
import { expectCurrent, expectVersion, refresh, sayLength, sayWhen, showFirstOrigin } from './screen.js'
import { hurry } from './writes.js'

takeForms()
showFirstOrigin()
sayWhen()
window.addEventListener('beforeprint', sayWhen)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) sayLength()
})

// If the item that the notice links to is on this page, no other page needs to be loaded.
byId('said').addEventListener('click', (event) => {
  const { target } = event
  if (!(target instanceof HTMLAnchorElement) || !document.getElementById(target.hash.slice(1))) return
  event.preventDefault()
  location.hash = target.hash
})

void connect({
  onMessage({ type, data }) {
    if (type === 'current') expectCurrent(data.current)
    if (type === 'release') followRelease(data.assets)
    if (type !== 'queue') return
    expectVersion(data.version)
    sayLength(document.hidden ? data.length : undefined)
  },
  onLost: () => sayLength('0'), // the length is no longer known
  onBack() {
    sayLength()
    hurry()
    void refresh()
  },
})

/**
 * Reloads the window if the server has another release. Only once for each release: while one rolls out, the next answer
 * may come from an old process. If the visitor would lose something, the page shows a link instead.
 *
 * @param {string} assets the version of the server's files
 */
function followRelease(assets) {
  if (import.meta.url.includes(`/${assets}/`)) return
  if (!isBusy() && sessionStorage.getItem('release') !== assets) {
    sessionStorage.setItem('release', assets)
    location.reload()
    return
  }
  const link = Object.assign(document.createElement('a'), { href: '', textContent: 'Load it' })
  byId('release').replaceChildren('There is a new version of this page. ', link)
}
