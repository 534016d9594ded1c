import {
  attribute,
  centre,
  ENGINES,
  enter,
  focused,
  overflow,
  press,
  says,
  shows,
  textOf,
  texts,
  typed,
} from '../support/browser.js'
import { app, useApp } from '../support/useApp.js'
import { browser, useBrowser } from './useBrowser.js'

useApp({ PAGE_SIZE: '5' })

beforeEach(() => app.empty())

const WAYS = [...ENGINES.map((engine) => [engine, true] as const), ['chrome', false] as const]

describe.each(WAYS)('in %s, with JavaScript: %s:', (engine, javaScript) => {
  useBrowser(engine)

  const open = (path = '/') => browser.open(app.url + path, { javaScript })

  async function addAll(...items: string[]): Promise<void> {
    for (const text of items) await app.add(text)
  }

  test('says that the queue is empty, and takes what is added to it', async () => {
    const page = await open()
    await says(page, '#empty', 'The queue is empty.')
    await enter(page, 'buy milk')
    await shows(page, ['buy milk'])
    await says(page, '#length', '1 item in line')
    expect(await page.$$('#empty')).toEqual([])
    expect(await typed(page)).toBe('')
  })

  test('shows the items oldest first, how many they are, and that in the title too', async () => {
    await addAll('a', 'b', 'c')
    const page = await open()
    expect(await texts(page)).toEqual(['a', 'b', 'c'])
    await says(page, '#length', '3 items in line')
    expect(await page.title()).toBe('(3) Next, please')
  })

  test('takes the oldest one off and says which', async () => {
    await addAll('buy milk', 'buy tea')
    const page = await open()
    await press(page, '#remove')
    await says(page, '#said', 'Removed: buy milk')
    await shows(page, ['buy tea'])
    await press(page, '#remove')
    await says(page, '#said', 'Removed: buy tea')
    await press(page, '#remove')
    await says(page, '#said', 'Nothing in line to remove.')
    await says(page, '#length', '0 items in line')
    expect(await page.title()).toBe('Next, please')
  })

  test('adds again, at the end, what was taken off by mistake', async () => {
    await addAll('<b>by mistake</b>', 'buy tea')
    const page = await open()
    await press(page, '#remove')
    await says(page, '#said', 'Removed: <b>by mistake</b>')
    await press(page, '#said button')
    await shows(page, ['buy tea', '<b>by mistake</b>'])
    await says(page, '#length', '2 items in line')
  })

  test('refuses a text that is too long beside the field, and keeps it', async () => {
    const page = await open()
    await enter(page, 'x'.repeat(201))
    await says(page, '#problem', 'Use at most 200 characters; these are 201.')
    expect(await typed(page)).toBe('x'.repeat(201))
    expect(await attribute(page, '#text', 'aria-invalid')).toBe('true')
    expect(await focused(page)).toBe('text')
    await enter(page, 'short')
    await shows(page, ['short'])
    expect(await textOf(page, '#problem')).toBe('')
  })

  test('goes down the line page by page, and back to the front', async () => {
    await addAll(...Array.from({ length: 12 }, (_, i) => `item ${i}`))
    const page = await open()
    const seen = await texts(page)
    while ((await page.$('a[rel=next]')) !== null) {
      await Promise.all([page.waitForNavigation(), page.click('a[rel=next]')])
      seen.push(...(await texts(page)))
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `item ${i}`))
    await Promise.all([page.waitForNavigation(), page.click('#back')])
    await shows(page, ['item 0', 'item 1', 'item 2', 'item 3', 'item 4'])
  })

  test('on a page further down, says that the next one is not on it, and numbers the items by their place', async () => {
    await addAll(...Array.from({ length: 7 }, (_, i) => `item ${i}`))
    const page = await open()
    await Promise.all([page.waitForNavigation(), page.click('a[rel=next]')])
    expect(await page.title()).toBe('(7) Further down: Next, please')
    await says(page, '#remove', 'Remove the first in line')
    await says(page, '#elsewhere', 'the first in line is not on this page')
    expect(await attribute(page, '#queue', 'start')).toBe('6')
  })

  test('leads to the end of a long line, and shows it', async () => {
    await addAll(...Array.from({ length: 50 }, (_, i) => `item ${i}`))
    const page = await open()
    await Promise.all([page.waitForNavigation(), page.click('#end')])
    await shows(
      page,
      [45, 46, 47, 48, 49].map((i) => `item ${i}`),
    )
    expect(page.url()).toMatch(/\/\?after=\d+#tail$/)
    expect((await centre(page, '#tail')).y).toBeLessThan(800) // in sight
  })

  test.each([
    '<script>document.title = "owned"</script>',
    '"><img src=x onerror="document.title = \'owned\'">',
    '</li></ol><h1>mine</h1>',
    '&lt;b&gt; &amp;',
    '\u{1f355}'.repeat(200),
    'مرحبا بالعالم',
    '\u202Eevil\u202C',
    'W'.repeat(200),
    "{{constructor.constructor('x')()}} <%= 1 %>",
  ])('shows %s as text', async (hostile) => {
    const page = await open()
    await enter(page, hostile)
    await shows(page, [hostile])
    expect(await page.$$('#queue li *')).toEqual([])
    await page.reload()
    expect(await texts(page)).toEqual([hostile])
    await press(page, '#remove')
    await says(page, '#said', `Removed: ${hostile}`)
    await press(page, '#said button')
    await shows(page, [hostile])
    expect(await page.title()).toBe('(1) Next, please')
    expect(await overflow(page)).toBe(0)
  })

  test('a right-to-left text stands at the right edge of its ticket', async () => {
    await app.add('שלום')
    const page = await open()
    const isRight = `[...document.querySelectorAll('#queue li')].map((item) => {
      const text = document.createRange()
      text.selectNodeContents(item)
      const { left, width } = item.getBoundingClientRect()
      return text.getBoundingClientRect().left > left + width / 2
    })`
    expect(await page.evaluate(isRight)).toEqual([true])
  })

  test('a right-to-left text does not turn the words around it', async () => {
    await app.add('שלום (1)!')
    const page = await open()
    await press(page, '#remove')
    await says(page, '#said', 'Removed: שלום (1)!')
    expect(await textOf(page, '#said bdi')).toBe('שלום (1)!')
  })
})

describe('without JavaScript', () => {
  useBrowser()

  test('a long text that was added leaves room for its place in line', async () => {
    const page = await browser.open(app.url, { javaScript: false, width: 390 })
    await enter(page, 'wide '.repeat(30))
    await says(page, '#said', 'number 1 in line')
    const bottoms = await page.$$eval('#said a, #said .clamped', (all) =>
      all.map((element) => element.getBoundingClientRect().bottom),
    )
    const [ofBox, ofLink] = bottoms as [number, number]
    expect(ofLink).toBeLessThan(ofBox + 15) // half a line: the link's padding reaches out of it
  })

  test('the item that was taken off is named once, to the visitor who took it', async () => {
    await app.add('buy milk')
    const other = await browser.open(app.url, { javaScript: false })
    const page = await browser.open(app.url, { javaScript: false })
    await page.click('#remove')
    await says(page, '#said', 'Removed: buy milk')
    await other.reload()
    expect(await textOf(other, '#said')).toBe('')
    await page.reload()
    expect(await textOf(page, '#said')).toBe('')
  })
})
