import { ENGINES, enter, press, says, shows, TestBrowser } from '../support/browser.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'
import { folder, useFolder } from '../support/useFolder.js'

useApp()

beforeEach(() => app.empty())

useFolder()

test.each(ENGINES)(
  'a visitor who blocks all cookies adds and removes, and the page is live: %s',
  async (engine) => {
    const browser = await TestBrowser.startWithoutCookies(engine, folder)
    const page = await browser.open(app.url)
    const storage = `(() => { try { return sessionStorage.length } catch (error) { return error.name } })()`
    expect(await page.evaluate(storage)).toBe('SecurityError')
    await until('the page listens', () => app.services.events.count === 1)
    await enter(page, 'mine')
    await says(page, '#said', 'Added as number 1 in line.')
    await app.add('somebody else’s')
    await shows(page, ['mine', 'somebody else’s'])
    await press(page, '#remove')
    await says(page, '#said', 'Removed: mine')
    await browser.close()
    expect(browser.faults).toEqual([])
  },
)
