import { jest } from '@jest/globals'
import { QueueRepository } from '../../src/queue/QueueRepository.js'
import { runs } from '../support/sample.js'
import { app, useApp } from '../support/useApp.js'

// A write reads only what has come behind the page that its process knows from the write before.
const PAGE_SIZE = 3
let ours: QueueRepository
let theirs: QueueRepository

useApp({ MEMCACHIER_SERVERS: '' })

beforeAll(async () => {
  const options = { database: app.services.database, pageSize: PAGE_SIZE, slowQueryMs: 0 }
  ours = new QueueRepository(options)
  theirs = new QueueRepository(options)
})
beforeEach(() => app.empty())

const add = () => ours.write({ add: 'ours' })
const remove = () => ours.write({ remove: 'oldest' })

const STEPS: Readonly<Record<string, () => Promise<unknown>>> = {
  'an add': add,
  'a remove': remove,
  'adds together': () => Promise.all([add(), add(), add(), add()]),
  'removes together': () => Promise.all([remove(), remove(), remove()]),
  'adds and removes together': () => Promise.all([add(), remove(), remove(), add(), add()]),
  'an add by another process': () => theirs.write({ add: 'theirs' }),
  'a remove by another process': () => theirs.write({ remove: 'oldest' }),
  'an update by hand': () =>
    app.sql(`update item set text = text || '!' where id = (select max(id) from item)`),
  'a delete by hand': () => app.sql('delete from item where id = (select max(id) from item)'),
  'an item put in front by hand': () =>
    app.sql(`insert into item (id, text) overriding system value
      select min(id) - 1, 'front' from item having min(id) > 1`),
}

async function expectWritesToTellThePage(): Promise<void> {
  for (const write of [add, remove]) expect((await write()).front).toEqual(await ours.page(0))
}

test.each(Object.keys(STEPS))('a write answers with the whole page that it made after %s', async (step) => {
  for (let length = 0; length < 2 * PAGE_SIZE; length++) {
    await STEPS[step]?.()
    await expectWritesToTellThePage()
    await add()
  }
})

test('a write answers with the whole page after any sequence of these steps', async () => {
  const steps = Object.values(STEPS)
  let seed = 1
  for (let i = 0; i < runs(150); i++) {
    seed = (seed * 48_271) % 2_147_483_647
    await steps[seed % steps.length]?.()
    if (seed % 3 === 0) await expectWritesToTellThePage()
  }
})

test('after a write of its own, a process is answered only with what is new', async () => {
  for (let i = 0; i < PAGE_SIZE; i++) await add()
  const spy = jest.spyOn(app.services.database, 'write')
  try {
    const { front } = await remove()
    const rows = (await spy.mock.results[0]?.value) as { answer: { items: unknown[] } }[] | undefined
    expect(front.items).toHaveLength(PAGE_SIZE - 1)
    expect(rows?.[0]?.answer.items).toEqual([])
  } finally {
    spy.mockRestore()
  }
})

test('after any number of adds a process remembers one page and the item behind it', async () => {
  for (let i = 0; i < 4 * PAGE_SIZE; i++) await add()
  const { next } = await ours.page(0)
  const [behind] = (await ours.page(Number(next))).items
  const spy = jest.spyOn(app.services.database, 'write')
  try {
    await add()
    const [, valuesFor] = spy.mock.calls[0] ?? []
    expect(valuesFor?.(1_000).at(-1)).toBe(behind?.id)
  } finally {
    spy.mockRestore()
  }
})
