import {
  attribute,
  ENGINES,
  enter,
  fallsSilent,
  fill,
  focused,
  intercept,
  listenTo,
  type Page,
  press,
  says,
  shows,
  TestBrowser,
  texts,
  typed,
} from '../support/browser.js'
import { createMigratedDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { startWeb, type WebProcess } from '../support/webProcess.js'

// Two windows on two processes, with a Postgres between them that can be cut off.
let memcached: Memcached
let postgres: FaultyProxy
let env: Record<string, string>
let processes: [WebProcess, WebProcess]
let browser: TestBrowser
/** Firefox shows one window of a browser at a time, and what nobody sees does not follow. */
let otherBrowser: TestBrowser
let here: Page
let there: Page

afterAll(async () => {
  for (const web of processes) await web.stop()
  await postgres.close()
  await memcached.kill()
})

useDatabase(createMigratedDatabase)

beforeAll(async () => {
  memcached = await startMemcached()
  const { proxy, url } = await FaultyProxy.inFrontOf(database.url)
  postgres = proxy
  env = { DATABASE_URL: url, MEMCACHIER_SERVERS: memcached.address, PAGE_SIZE: '50' }
  processes = [await startWeb(env), await startWeb(env)]
})

/** Writes as another program would. Repeats on 503, because a busy machine can make Postgres seem down. */
async function post(path: string, body?: object): Promise<{ item: { id: number } | null }> {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) }
  const request = { method: 'POST', headers, body: body ? JSON.stringify(body) : null }
  let response = await fetch(processes[0].url + path, request)
  await until(`POST ${path} is taken`, async () => {
    if (response.status === 503) response = await fetch(processes[0].url + path, request)
    return response.ok
  })
  return (await response.json()) as { item: { id: number } | null }
}

async function addAll(count: number): Promise<string[]> {
  const added = Array.from({ length: count }, (_, i) => `item ${i}`)
  for (const text of added) await post('/add', { text })
  return added
}

describe.each(ENGINES)('in %s:', (engine) => {
  beforeAll(async () => {
    browser = await TestBrowser.start(engine)
    otherBrowser = await TestBrowser.start(engine)
  })

  beforeEach(async () => {
    for (;;) if ((await post('/remove')).item === null) break
    here = await browser.open(processes[0].url)
    there = await otherBrowser.open(processes[1].url)
  })

  afterEach(async () => {
    await browser.closeWindows()
    await otherBrowser.closeWindows()
    expect([...browser.faults, ...otherBrowser.faults]).toEqual([])
  })

  afterAll(async () => {
    await browser.close()
    await otherBrowser.close()
  })

  test('a change of one visitor appears in the other’s window, and is announced there', async () => {
    await enter(here, 'buy milk')
    await shows(there, ['buy milk'])
    await says(there, '#news', 'Added: buy milk. 1 item in line')
    await enter(there, 'buy tea')
    await shows(here, ['buy milk', 'buy tea'])
    await press(here, '#remove')
    await shows(there, ['buy tea'])
    await says(there, '#news', 'Taken off: buy milk. 1 item in line')
  })

  test('typing, focus, selection and scroll position stay as they were', async () => {
    const items = await addAll(40)
    await shows(here, items)
    await fill(here, 'half a sent')
    await here.evaluate('document.getElementById("text").setSelectionRange(2, 6)')
    await here.evaluate('scrollTo(0, 1500)')
    await until('what was added stands still', async () => (await animations(here)) === 0)
    const before = await topOf(here, 'item 30')
    await press(there, '#remove')
    await enter(there, 'one more')
    await shows(here, [...items.slice(1), 'one more'])
    await until('the item is where it was', async () => Math.abs((await topOf(here, 'item 30')) - before) < 2)
    expect(
      await here.evaluate(
        '[document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart]',
      ),
    ).toEqual(['text', 'half a sent', 2])
  })

  test('text that somebody has marked in the line stays marked', async () => {
    await shows(here, await addAll(3))
    await here.evaluate('getSelection().selectAllChildren(document.querySelector("#queue li:last-child"))')
    await press(there, '#remove')
    await shows(here, ['item 1', 'item 2'])
    expect(await here.evaluate('getSelection().toString().trim()')).toBe('item 2')
  })

  test('a page further down the line follows as well', async () => {
    await addAll(60)
    await here.goto(`${processes[0].url}/`)
    await Promise.all([here.waitForNavigation(), here.click('a[rel=next]')])
    expect(await texts(here)).toHaveLength(10)
    await enter(there, 'the last one')
    await says(here, '#queue li:last-child', 'the last one')
    await says(here, '#length', '61 items in line')
  })

  test('an answer that comes late never brings an older line back', async () => {
    await post('/add', { text: 'first' })
    await shows(here, ['first'])
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let isHeld = false
    await intercept(here, '/', async (request) => {
      if (isHeld) return await request.continue()
      const { url } = processes[0]
      const html = await (await fetch(url, { headers: { Accept: 'text/html' } })).text()
      isHeld = html.includes('second')
      if (isHeld) await released
      await request.respond({ status: 200, contentType: 'text/html', body: html })
    })
    await enter(there, 'second')
    await until('an answer with two items is on its way', () => isHeld)
    await enter(here, 'third')
    await says(here, '#queue li:last-child', 'third')
    const seen = here.evaluate(`new Promise((resolve) => {
      const shown = []
      new MutationObserver(() => {
        shown.push(document.getElementById('queue').innerText.includes('third'))
        if (document.querySelectorAll('#queue li').length === 3) resolve(shown)
      }).observe(document.getElementById('queue'), { childList: true })
    })`)
    release()
    await shows(here, ['first', 'second', 'third'])
    expect(new Set((await seen) as boolean[])).toEqual(new Set([true]))
  })

  test('a killed server is noticed, and after its return the page catches up', async () => {
    await fill(here, 'still typing')
    const { url } = processes[0]
    const heard = await listenTo(here, '#lost')
    let failures = 0
    here.on('requestfailed', () => failures++)
    await processes[0].kill()
    await says(here, '#lost', 'The connection is lost')
    await until('it has been looked for again', () => failures > 3)
    expect(await heard()).toHaveLength(1)
    await enter(there, 'meanwhile')
    await shows(there, ['meanwhile'])
    expect(await texts(here)).toEqual([])
    processes[0] = await startWeb({ ...env, PORT: new URL(url).port })
    await until('it has been caught up', async () => (await texts(here)).includes('meanwhile'), 15_000)
    await fallsSilent(here, '#lost')
    expect(await typed(here)).toBe('still typing')
  })

  test('while Postgres is down the windows say so and the forms are disabled, and both end when it is back', async () => {
    await post('/add', { text: 'known' })
    await shows(here, ['known'])
    await fill(here, 'half a sent')
    await postgres.setFault({ kind: 'refuse' })
    for (const page of [here, there]) {
      await says(page, '#notice', 'This is the last known state of the line.')
      expect(await attribute(page, '#add', 'aria-disabled')).toBe('true')
      expect(await attribute(page, '#remove', 'aria-disabled')).toBe('true')
      expect(await texts(page)).toEqual(['known'])
    }
    await says(here, '#hint', 'Nothing can be added right now.')
    expect(await focused(here)).toBe('text')
    await here.keyboard.press('Enter')
    expect(await typed(here)).toBe('half a sent')

    await postgres.heal()
    await fallsSilent(here, '#notice', 15_000)
    expect(await typed(here)).toBe('half a sent')
    await here.keyboard.press('Enter')
    await shows(here, ['known', 'half a sent'])
  })
})

/** How many animations are under way. */
async function animations(page: Page): Promise<number> {
  return Number(await page.evaluate('document.getAnimations().length'))
}

/** Where an item is in the window. */
async function topOf(page: Page, text: string): Promise<number> {
  return await page.$$eval(
    '#queue li',
    (items, wanted) =>
      items.find((item) => item.textContent === wanted)?.getBoundingClientRect().top ?? Number.NaN,
    text,
  )
}
