import { connect } from './connection.js'
import { byId } from './requests.js'
import { expectCurrent, expectVersion, refresh, sayLength, sayWhen, showFirstOrigin } from './screen.js'
import { hurry, isBusy, takeForms } from './writes.js'

takeForms()
showFirstOrigin()
sayWhen()
window.addEventListener('beforeprint', sayWhen)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) sayLength()
})

// If the place that was said is on this page, there is no need to load another.
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
  onLost: () => sayLength('0'), // not known any more
  onBack() {
    sayLength()
    hurry()
    void refresh()
  },
})

/**
 * A window of another release than the server's loads itself anew; once only, for while a release rolls out the next
 * answer may be an old process's. If the visitor would lose something by that, it leaves it to them.
 *
 * @param {string} assets names the server's release
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
