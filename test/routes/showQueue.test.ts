import { app, useApp } from '../support/useApp.js'

const HTML = { Accept: 'text/html' }
const JSON_ = { Accept: 'application/json' }

useApp({ PAGE_SIZE: '3' })

beforeEach(() => app.empty())

describe('GET /', () => {
  test('shows an empty queue as such', async () => {
    expect(await app.queue()).toMatchObject({ length: 0, items: [], next: null, current: true })
    const html = await app.html()
    expect(html).toContain('The queue is empty')
    expect(html).toMatch(/<form[^>]* method="post" action="\/add"/)
    expect(html).toMatch(/<input[^>]* name="text"/)
    expect(html).toMatch(/<form[^>]* method="post" action="\/remove"/)
  })

  test('shows the oldest items first, a page of them, and a link to the next page', async () => {
    const added = []
    for (const text of ['a', 'b', 'c', 'd']) added.push((await app.add(text)).item)
    const page = await app.queue()
    expect(page).toMatchObject({
      length: 4,
      items: added.slice(0, 3),
      next: `/?after=${added[2]?.id}`,
      current: true,
    })
    const html = await app.html()
    expect(html).toMatch(/<ol id="queue"/)
    expect([...html.matchAll(/<li id="item-\d+"[^>]*>(.)<\/li>/g)].map((match) => match[1])).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(html).toContain(`href="/?after=${added[2]?.id}"`)
    expect(html).toContain('4 items in line')
  })

  test('continues page by page to the end, even after an item that is gone', async () => {
    for (let i = 0; i < 6; i++) await app.add(`item ${i}`)
    const seen: string[][] = []
    let path: string | null = '/'
    while (path !== null) {
      const page = await app.queue(path)
      expect(page.length).toBe(6)
      seen.push(page.items.map((item) => item.text))
      path = page.next
    }
    expect(seen).toEqual([
      ['item 0', 'item 1', 'item 2'],
      ['item 3', 'item 4', 'item 5'], // full, and the last one all the same
    ])

    const { item } = await app.remove()
    expect((await app.queue(`/?after=${item?.id}`)).items[0]?.text).toBe('item 1')
  })

  test('numbers the items of a later page by their place in line', async () => {
    const ids = []
    for (let i = 0; i < 8; i++) ids.push((await app.add(`item ${i}`)).item?.id)
    await app.remove()
    expect(await app.html(`/?after=${ids[2]}`)).toContain('class="further" start="3">')
    expect(await app.html(`/?after=${ids[6]}`)).toContain('class="further" start="7">')
    expect(await app.html(`/?after=${ids[0]}`)).toContain('class="further" start="1">')
    expect(await app.html()).toContain('class="front">')
  })

  test('counts at most 10,000 items for that, and still knows the place of the last page', async () => {
    await app.sql(`insert into item (text) select 'item ' || n from generate_series(1, 10010) n`)
    const [first] = await app.sql('select min(id) - 1 as id from item')
    const behind = (count: number) => app.html(`/?after=${Number(first?.id) + count}`)
    expect(await behind(10_000)).toContain('class="further" start="10001">')
    const uncounted = await behind(10_001)
    expect(uncounted).toContain('class="further">')
    expect(uncounted).toContain('Too many wait before these to number them.')
    expect(await behind(10_008)).toContain('class="further" start="10009">')
    await app.sql('truncate item')
  })

  test('shows no items after the last one, and a link back', async () => {
    expect(await app.queue(`/?after=${2 ** 53}`)).toMatchObject({ items: [], next: null })
    expect(await app.html(`/?after=${2 ** 53}`)).toContain('Back to the front')
  })

  test.each(['0', 'abc', '1&after=2'])('refuses ?after=%s', async (after) => {
    await app
      .get(`/?after=${after}`, JSON_)
      .expect(400)
      .expect('content-type', /application\/problem\+json/)
    await app
      .get(`/?after=${after}`, HTML)
      .expect(400)
      .expect('content-type', /text\/html/)
  })

  test.each([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json;q=0.5, text/html', 'text/html'],
    ['application/json, text/html;q=0.5', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;charset=UTF-8, */*;q=0.1', 'application/json'],
    ['image/png', 'text/html'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const response = await app.get('/', accept === undefined ? {} : { Accept: accept }).expect(200)
    expect(response.headers['content-type']).toBe(`${type}; charset=utf-8`)
  })

  test('says how it may be cached, and by which headers it varies', async () => {
    const { headers } = await app.get('/', HTML)
    expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'Accept, Accept-Encoding' })
    expect(headers).not.toHaveProperty('x-powered-by')
  })

  test('answers 304 only if the client has the page already', async () => {
    const { headers } = await app.get('/', HTML)
    const json = (await app.get('/', JSON_)).headers.etag ?? ''
    const etag = headers.etag ?? ''
    expect(etag).not.toBe(json)
    const unchanged = await app.get('/', { ...HTML, 'If-None-Match': etag }).expect(304)
    expect(unchanged.headers).toMatchObject({ etag, vary: headers.vary, 'cache-control': 'no-cache' })
    await app.get('/', { ...JSON_, 'If-None-Match': etag }).expect(200)
    await app.get('/', { ...HTML, 'If-None-Match': `"x", W/${etag}` }).expect(304)
    await app.add('something')
    await app.get('/', { ...HTML, 'If-None-Match': etag }).expect(200)
  })
})

describe('GET /end', () => {
  async function end(): Promise<string> {
    const response = await app.get('/end', HTML).expect(303).expect('cache-control', 'no-store')
    return response.headers.location ?? ''
  }

  test('leads to the page that holds the last items, as many as fit', async () => {
    expect(await end()).toBe('/')
    for (let i = 0; i < 3; i++) await app.add(`item ${i}`)
    expect(await end()).toBe('/')
    await app.add('item 3')
    expect((await app.queue(await end())).items.map((item) => item.text)).toEqual([
      'item 1',
      'item 2',
      'item 3',
    ])
    await app.remove()
    expect(await end()).toBe('/')
  })

  test('has its link on each page but the last', async () => {
    for (let i = 0; i < 7; i++) await app.add(`item ${i}`)
    const link = 'href="/end#tail"'
    const { items } = await app.queue()
    expect(await app.html()).toContain(link)
    expect(await app.html(`/?after=${items[1]?.id}`)).toContain(link)
    expect(await app.html(await end())).not.toContain(link)
  })

  test('answers HEAD as GET', async () => {
    await app.request('HEAD', '/end').expect(303).expect('location', '/')
  })
})
