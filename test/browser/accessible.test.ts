import { spoken, violations } from '../support/accessibility.js'
import { focused, overflow, press, says, shows } from '../support/browser.js'
import { app } from '../support/useApp.js'
import { fill, STATES } from './pageStates.js'
import { browser, useBrowser } from './useBrowser.js'

const NARROW = { width: 320, height: 640 }

useBrowser()

describe.each(['light', 'dark'] as const)('axe finds nothing in the %s page:', (scheme) => {
  test.each(STATES)('%s', async (_name, bring) => {
    const page = await bring({ features: { 'prefers-color-scheme': scheme } })
    expect(await violations(page)).toEqual([])
  })
})

test.each(STATES)(
  'no wider than a window of 320 px, which is one of 1280 enlarged four times: %s',
  async (_name, bring) => {
    const page = await bring(NARROW)
    expect(await overflow(page)).toBe(0)
  },
)

test.each(STATES)('no wider than a phone with letters twice as large: %s', async (_name, bring) => {
  const page = await bring({ width: 390, height: 844 })
  await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
  expect(await overflow(page)).toBe(0)
})

test('with letters twice as large on a phone, the button leaves room for the text that was taken off', async () => {
  await app.add('something that was taken off by mistake')
  const page = await browser.open(app.url, { width: 360, height: 740 })
  await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
  await press(page, '#remove')
  await says(page, '#said', 'Add it again')
  const width = await page.$eval('#said .clamped', (text) => text.getBoundingClientRect().width)
  expect(width).toBeGreaterThan(250)
})

test('every touch target is at least 44 px high and wide', async () => {
  await fill(25)
  const page = await browser.open(app.url, NARROW)
  await press(page, '#remove')
  await says(page, '#said', 'Add it again')
  const sizes = await page.$$eval('a, button, input:not([type=hidden])', (targets) =>
    targets.map((target) => {
      const { width, height } = target.getBoundingClientRect()
      return [target.textContent, Math.min(width, height)] as const
    }),
  )
  expect(sizes.length).toBeGreaterThan(4)
  expect(sizes.filter(([, size]) => size < 44)).toEqual([])
})

test('no notice covers the end of the page', async () => {
  await fill(25)
  const page = await browser.open(app.url, NARROW)
  await page.$eval('#notice', (notice) => {
    notice.textContent =
      'This is the last known state of the line. Nothing can be added or removed right now. Everything in line is safe.'
  })
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
  const covered = await page.evaluate(`[...document.querySelectorAll('#below a, footer p')]
    .filter((element) => {
      const { left, top, height } = element.getBoundingClientRect()
      return !element.contains(document.elementFromPoint(left + 20, top + height / 2))
    })
    .map((element) => element.textContent)`)
  expect(covered).toEqual([])
})

test('the keyboard is enough, and the focus is always visible', async () => {
  await app.add('first')
  const page = await browser.open(app.url)
  const focus = async (id: string) => {
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
      if ((await focused(page)) === id) return
    }
    throw new Error(`Tab never came to #${id}`)
  }
  await focus('text')
  await page.keyboard.type('second')
  await page.keyboard.press('Enter')
  await shows(page, ['first', 'second'])
  await focus('remove')
  await page.keyboard.press('Space')
  await shows(page, ['second'])
  expect(await focused(page)).toBe('remove')
})

test('nothing moves for a visitor who prefers reduced motion', async () => {
  const page = await browser.open(app.url, { features: { 'prefers-reduced-motion': 'reduce' } })
  await app.add('something')
  await shows(page, ['something'])
  expect(await page.$$('#queue li.new')).toHaveLength(1) // which is animated for others
  expect(await page.evaluate('document.getAnimations().length')).toBe(0)
})

test('the items are numbered from 1, also after the first is taken off, here or elsewhere', async () => {
  await fill(4)
  const page = await browser.open(app.url)
  expect(await spoken(page, '#queue')).toBe('1 item 0 next 2 item 1 3 item 2 4 item 3')
  await press(page, '#remove')
  await shows(page, ['item 1', 'item 2', 'item 3'])
  expect(await spoken(page, '#queue')).toBe('1 item 1 next 2 item 2 3 item 3')
  await app.remove()
  await shows(page, ['item 2', 'item 3'])
  expect(await spoken(page, '#queue')).toBe('1 item 2 next 2 item 3')
})

test('in the system’s own colours each ticket has a whole border', async () => {
  await fill(3)
  const page = await browser.open(app.url)
  const session = await page.createCDPSession()
  const features = [{ name: 'forced-colors', value: 'active' }]
  await session.send('Emulation.setEmulatedMedia', { features })
  const borders = await page.evaluate(`[...document.querySelectorAll('#queue li')].map((item) => {
    const { maskImage, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(item)
    return [maskImage, borderTopStyle, borderTopColor !== backgroundColor]
  })`)
  expect(borders).toEqual(Array(3).fill(['none', 'solid', true]))
})
