import { ENGINES, says } from '../support/browser.js'
import { app } from '../support/useApp.js'
import { page, usePage } from './usePage.js'

describe.each(ENGINES)('in %s:', (engine) => {
  usePage(engine)

  test('on a busy line screen readers hear the first change at once and then summaries, the last of them true', async () => {
    await page.evaluate(`
      window.heard = []
      new MutationObserver(() => window.heard.push(document.getElementById('news').textContent))
        .observe(document.getElementById('news'), { childList: true })`)
    await app.add('second')
    await says(page, '#news', 'Added: second. 2 items in line')
    for (const length of [3, 4, 5, 6, 7, 8]) {
      await app.add(`item ${length}`)
      await says(page, '#length', `${length} items in line`) // each of them on the screen of its own
    }
    await says(page, '#news', '8 items in line', 15_000)
    const heard = (await page.evaluate('window.heard')) as string[]
    expect(heard.length).toBeLessThan(5) // of 7 changes
  })
})
