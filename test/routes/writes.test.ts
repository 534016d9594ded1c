import { app, useApp } from '../support/useApp.js'

const JSON_ = { Accept: 'application/json' }
const FORM_TYPE = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

useApp({ PAGE_SIZE: '1000' })

beforeEach(() => app.empty())

function postText(text: unknown) {
  return app.postJson('/add', JSON.stringify({ text }))
}

describe('POST /add', () => {
  test('sends a form back to the page, which shows the item', async () => {
    await app.postForm('/add', 'text=buy+milk').expect(303).expect('location', '/')
    expect((await app.queue()).items.map((item) => item.text)).toEqual(['buy milk'])
  })

  test('gives a script the fragment of the new item, escaped', async () => {
    const response = await app.postForm('/add', 'text=%3Cb%3E', { 'HX-Request': 'true' }).expect(200)
    expect(response.text).toMatch(/^<li id="item-\d+" dir="auto">&lt;b&gt;<\/li>\s*<div id="said"/)
  })

  test('answers JSON with the item, its version and the length', async () => {
    const { version } = await app.queue()
    const { body } = await postText('buy milk').expect(201)
    expect(body).toEqual({
      item: { id: expect.any(Number), text: 'buy milk' },
      version: expect.any(Number),
      length: 1,
    })
    expect(body.version).toBeGreaterThan(version)
    expect(await app.queue()).toMatchObject({ version: body.version, items: [body.item] })
  })

  test('refuses bytes that are not UTF-8', async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0x74, 0x65, 0x78, 0x74, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
    await app.postBytes('/add', bytes, { 'Content-Type': JSON_TYPE }).expect(400)
    await app.postBytes('/add', Buffer.from([0x74, 0x3d, 0xff]), { 'Content-Type': FORM_TYPE }).expect(400)
  })

  test('refuses a body without a content type', async () => {
    await app.postBytes('/add', Buffer.from('text=a')).unset('Content-Type').expect(415)
  })

  test('gives a script the reason as a fragment', async () => {
    const response = await app.postForm('/add', 'text=', { 'HX-Request': 'true' }).expect(422)
    expect(response.text).toBe('<p id="problem" role="alert">Write something to add.</p>\n')
  })
})

describe('POST /remove', () => {
  test('takes the oldest item off, in each of its forms', async () => {
    for (const text of ['a', 'b', 'c', 'd']) await app.add(text)
    await app.request('POST', '/remove').expect(303).expect('location', '/')
    const fragment = await app.request('POST', '/remove', { 'HX-Request': 'true' }).expect(200)
    expect(fragment.text).toContain('Removed: <bdi>b</bdi>')
    expect(fragment.text).toContain('2 items in line')
    const { body } = await app.request('POST', '/remove', JSON_).expect(200)
    expect(body).toEqual({
      item: { id: expect.any(Number), text: 'c' },
      version: expect.any(Number),
      length: 1,
    })
    expect(await app.queue()).toMatchObject({ version: body.version, length: 1 })
  })

  test('changes nothing if the queue is empty', async () => {
    const { version } = await app.queue()
    expect(await app.remove()).toEqual({ item: null, version, length: 0 })
    expect(await app.queue()).toMatchObject({ version, length: 0 })
  })

  test('two removes at once take two different items, and all removes follow the order of the adds', async () => {
    const added = await Promise.all(Array.from({ length: 20 }, (_, i) => app.add(`item ${i}`)))
    const removed = await Promise.all(Array.from({ length: 20 }, () => app.remove()))
    const byVersion = <T extends { version: number }>(changes: T[]) =>
      changes.toSorted((a, b) => a.version - b.version)
    expect(byVersion(removed).map((change) => change.item?.id)).toEqual(
      byVersion(added).map((change) => change.item.id),
    )
    expect(byVersion(added).map((change) => change.length)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
    expect(new Set([...added, ...removed].map((change) => change.version)).size).toBe(40)
  })

  test('needs no body, and checks the size and the type of one', async () => {
    await app.request('POST', '/remove', JSON_).expect(200)
    await app.postForm('/remove', '', JSON_).expect(200)
    await app.postBytes('/remove', Buffer.from('whatever'), {}).unset('Content-Type').expect(200)
    await app.postBytes('/remove', Buffer.alloc(17_000), {}).unset('Content-Type').expect(413)
    await app.postBytes('/remove', Buffer.from('a'), { 'Content-Type': 'text/plain' }).expect(415)
    await app.postJson('/remove', '{').expect(400)
  })
})
