import { gzipSync } from 'node:zlib'
import { app, useApp } from '../support/useApp.js'

const JSON_ = { Accept: 'application/json' }
const FORM_TYPE = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const EMOJI = '\u{1F355}'

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

  test('takes surrounding white space off', async () => {
    expect((await postText(' \t\n\u00a0\u3000buy milk\ufeff ')).body.item.text).toBe('buy milk')
  })

  test('counts code points: 200 are fine, 201 are not', async () => {
    expect((await postText(EMOJI.repeat(200)).expect(201)).body.item.text).toBe(EMOJI.repeat(200))
    await postText(EMOJI.repeat(201)).expect(422)
    await postText('x'.repeat(201)).expect(422)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', ['a']],
    ['an object', { toString: 'a' }],
    ['the empty text', ''],
    ['white space', ' \t\u2003\n'],
    ['a NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['a tab', 'a\tb'],
    ['DEL', 'a\u007fb'],
    ['a C1 control character', 'a\u0085b'],
    ['half of a surrogate pair', 'a\ud83cb'],
  ])('refuses %s as a text', async (_what, text) => {
    const { body } = await postText(text).expect(422)
    expect(body).toMatchObject({
      type: 'about:blank',
      status: 422,
      title: expect.any(String),
      detail: expect.any(String),
    })
    expect((await app.queue()).length).toBe(0)
  })

  test.each(['null', '7', '"text"', '[]', '[{"text":"a"}]', '{"__proto__":{"text":"a"}}', '{"Text":"a"}'])(
    'refuses the JSON %s as having no text',
    (json) => app.postJson('/add', json).expect(422),
  )

  test.each([
    '',
    'text',
    'text=',
    'text[]=a',
    'text[a]=b',
    'text=a&text=b',
    '__proto__=a',
    'constructor=a',
    'text.x=a',
  ])('refuses the form "%s" as having no text', (form) => app.postForm('/add', form, JSON_).expect(422))

  test.each(['{"text":', '{text:1}', 'text=a', '\u{feff}{'])('refuses the malformed JSON %j', (json) =>
    app.postJson('/add', json).expect(400),
  )

  test.each(['text=%', 'text=%zz', 'text=%ff', 'text=%c3', 'text=%ed%a0%80', 'text=%c0%80'])(
    'refuses the form "%s", which is not percent-encoded UTF-8',
    (form) => app.postForm('/add', form, JSON_).expect(400),
  )

  test('refuses bytes that are not UTF-8', async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0x74, 0x65, 0x78, 0x74, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
    await app.postBytes('/add', bytes, { 'Content-Type': JSON_TYPE }).expect(400)
    await app.postBytes('/add', Buffer.from([0x74, 0x3d, 0xff]), { 'Content-Type': FORM_TYPE }).expect(400)
  })

  test('takes a compressed body, up to the same size unpacked', async () => {
    const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip' }
    const small = gzipSync(JSON.stringify({ text: 'packed' }))
    expect((await app.postBytes('/add', small, headers).expect(201)).body.item.text).toBe('packed')
    await app.postBytes('/add', gzipSync(JSON.stringify({ text: 'x'.repeat(20_000) })), headers).expect(413)
    await app.postBytes('/add', small.subarray(0, 20), headers).expect(400)
    await app.postBytes('/add', Buffer.from('no gzip'), headers).expect(400)
  })

  test('refuses a body over 16 KiB', async () => {
    await app.postJson('/add', JSON.stringify({ text: 'x'.repeat(16 * 1024) })).expect(413)
    await app.postForm('/add', `text=${'x'.repeat(16 * 1024)}`, JSON_).expect(413)
  })

  test.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x',
    `${JSON_TYPE}; charset=latin-9x`,
  ])('refuses the content type %s', (type) =>
    app.postBytes('/add', Buffer.from('{"text":"a"}'), { 'Content-Type': type }).expect(415),
  )

  test('refuses a body without a content type, or in an unknown encoding', async () => {
    await app.postBytes('/add', Buffer.from('text=a')).unset('Content-Type').expect(415)
    const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'lzma' }
    await app.postBytes('/add', Buffer.from('{"text":"a"}'), headers).expect(415)
  })

  test('keeps what was typed into a refused form, and says why next to the field', async () => {
    const typed = `"><script>${'x'.repeat(200)}`
    const response = await app
      .postForm('/add', `text=${encodeURIComponent(typed)}`, { Accept: 'text/html' })
      .expect(422)
    expect(response.text).toContain(`value="&#34;&gt;&lt;script&gt;${'x'.repeat(200)}"`)
    expect(response.text).toMatch(/aria-invalid="true"/)
    expect(response.text).toMatch(
      /<p id="problem" role="alert">Use at most 200 characters; these are 210\.<\/p>/,
    )
    expect(response.headers['cache-control']).toBe('no-store')
  })

  test('gives a script the reason as a fragment', async () => {
    const response = await app.postForm('/add', 'text=', { 'HX-Request': 'true' }).expect(422)
    expect(response.text).toBe('<p id="problem" role="alert">Write something to add.</p>\n')
  })

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '&amp;',
    "'; drop table item; --",
    '\u202eright to left',
    '<%= 1 %>',
  ])('shows the text %s as text', async (text) => {
    await postText(text).expect(201)
    const escaped = text.replace(
      /[&<>"']/g,
      (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' }[char]};`,
    )
    expect(await app.html()).toContain(`dir="auto">${escaped}</li>`)
    expect((await app.queue()).items[0]?.text).toBe(text)
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
