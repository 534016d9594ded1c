import { startTestApp, type TestApp } from '../support/testApp.js'

// Two processes with one database and one memcache between them.
let one: TestApp
let two: TestApp

beforeAll(async () => {
  one = await startTestApp({ PAGE_SIZE: '1000' })
  two = await startTestApp(one.environment)
})

afterAll(async () => {
  await two.close()
  await one.close()
})

beforeEach(() => one.empty())

test('a write that one process has answered is on the next page of the other', async () => {
  for (let i = 0; i < 20; i++) {
    const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one]
    const { version, item } = await writer.add(`item ${i}`)
    expect(await reader.queue()).toMatchObject({ version, length: i + 1 })
    expect((await reader.queue()).items.at(-1)).toEqual(item)
  }
})

test('the page and the answers agree on the order of adds made at once', async () => {
  const changes = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).add(`item ${i}`)),
  )
  const byVersion = changes.toSorted((a, b) => a.version - b.version)
  const { items, version } = await two.queue()
  expect(items).toEqual(byVersion.map((change) => change.item))
  expect(version).toBe(byVersion.at(-1)?.version)
})

test('of two removes at once for one item, one gets it and the other nothing', async () => {
  const { item } = await one.add('the only one')
  const removed = await Promise.all([one.remove(), two.remove()])
  expect(removed.filter((change) => change.item !== null)).toMatchObject([{ item, length: 0 }])
  expect(removed.filter((change) => change.item === null)).toMatchObject([{ length: 0 }])
  expect(removed[0]?.version).toBe(removed[1]?.version)
})

test('both processes give a page the same ETag, and a page behind another item another one', async () => {
  const { item } = await one.add('a')
  await one.add('b')
  const etag = async (app: TestApp, path: string) => {
    const { headers } = await app
      .get(path, { Accept: 'application/json', 'Accept-Encoding': 'identity' })
      .expect(200)
    return headers.etag
  }
  expect(await etag(one, '/')).toBe(await etag(two, '/'))
  expect(await etag(one, `/?after=${item.id}`)).toBe(await etag(two, `/?after=${item.id}`))
  expect(await etag(one, '/')).not.toBe(await etag(one, `/?after=${item.id}`))
})
