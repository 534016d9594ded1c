import { openClient } from '../support/database.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'

// SQL past the app: psql, another program, a table that was restored.
useApp({ MEMCACHIER_SERVERS: '' })

beforeEach(async () => {
  await app.sql('truncate item')
  for (const text of ['a', 'b', 'c']) await add(text)
})

const add = (text: string) => app.services.queue.write({ add: text })
const connect = () => openClient(app.environment.DATABASE_URL)
const remove = () => app.services.queue.write({ remove: 'oldest' })
const front = async () => (await app.services.queue.front()).snapshot

/** In any case the queue has the rows of `item`, new items come last, and the oldest is removed first. */
async function expectQueueToWork(texts: readonly string[]): Promise<void> {
  expect(await shownTexts()).toEqual(texts)
  const added = await add('last')
  expect(added.length).toBe(texts.length + 1)
  expect(await shownTexts()).toEqual([...texts, 'last'])
  for (const text of [...texts, 'last']) expect((await remove()).item?.text).toBe(text)
  expect(await remove()).toMatchObject({ item: null, length: 0 })
}

async function shownTexts(): Promise<string[]> {
  const { items, length } = await front()
  expect(length).toBe(items.length)
  return items.map(({ text }) => text)
}

test.each<[change: string, sql: string, after: string[]]>([
  ['an insert', `insert into item (text) values ('x'), ('y')`, ['a', 'b', 'c', 'x', 'y']],
  ['a delete of the oldest', `delete from item where text = 'a'`, ['b', 'c']],
  ['a delete in the middle', `delete from item where text = 'b'`, ['a', 'c']],
  ['a delete of the newest', `delete from item where text = 'c'`, ['a', 'b']],
  ['a delete of all', 'delete from item', []],
  ['an update', `update item set text = 'B' where text = 'b'`, ['a', 'B', 'c']],
  ['an item that is moved to the end', `update item set id = default where text = 'a'`, ['b', 'c', 'a']],
  ['a truncate', 'truncate item', []],
  ['a truncate that starts the ids again', 'truncate item restart identity', []],
  ['a truncate of both tables', 'truncate queue, item', []],
  ['a truncate of the queue alone', 'truncate queue', ['a', 'b', 'c']],
  ['a delete of the row of the queue', 'delete from queue', ['a', 'b', 'c']],
  ['a length of nothing', 'update queue set length = 0', ['a', 'b', 'c']],
  ['a head behind all items', 'update queue set removed_through = 1000000000', ['a', 'b', 'c']],
  ['a version that goes back', 'update queue set version = 5', ['a', 'b', 'c']],
  ['a second row of the queue', 'insert into queue (version, length) values (1, 99)', ['a', 'b', 'c']],
  [
    'an item in front of the oldest, as from a backup',
    `delete from item where text = 'a';
     insert into item (id, text) overriding system value select min(id) - 1, 'a' from item`,
    ['a', 'b', 'c'],
  ],
  [
    'an item far ahead of the others',
    `insert into item (id, text) overriding system value select max(id) + 1000, 'ahead' from item`,
    ['a', 'b', 'c', 'ahead'],
  ],
  ['ids that start again', 'alter sequence item_id_seq restart', ['a', 'b', 'c']],
  [
    'rows that a tool copies without triggers',
    `set session_replication_role = replica; insert into item (text) values ('x')`,
    ['a', 'b', 'c', 'x'],
  ],
  [
    // As `pg_restore --disable-triggers` does it.
    'rows that are restored with all triggers off',
    `alter table item disable trigger all;
     insert into item (text) values ('x');
     alter table item enable trigger all`,
    ['a', 'b', 'c', 'x'],
  ],
  [
    'a delete with our triggers off, which nobody switches on again',
    `alter table item disable trigger user; delete from item where text = 'b'`,
    ['a', 'c'],
  ],
  [
    'a row of the queue that is restored with all triggers off',
    `alter table queue disable trigger all;
     delete from queue;
     insert into queue (version, length, removed_through) values (5, 99, 1000);
     alter table queue enable trigger all`,
    ['a', 'b', 'c'],
  ],
  [
    'a row of the queue that is gone without a trace',
    `alter table queue disable trigger restore_queue;
     delete from queue;
     alter table queue enable always trigger restore_queue`,
    ['a', 'b', 'c'],
  ],
  [
    'rows that a tool copies after all triggers were off and on again',
    `alter table item disable trigger all;
     alter table item enable trigger all;
     set session_replication_role = replica;
     insert into item (text) values ('x')`,
    ['a', 'b', 'c', 'x'],
  ],
  [
    'a transaction of several statements',
    `begin; insert into item (text) values ('x'); delete from item where text = 'a'; commit`,
    ['b', 'c', 'x'],
  ],
])('%s is shown, and the queue works on', async (_what, sql, after) => {
  const before = await front()
  await app.sql(sql)
  const { version } = await front()
  if (!/alter sequence/.test(sql)) expect(version).toBeGreaterThan(before.version)
  await expectQueueToWork(after)
})

test.each([
  [
    'a statement that changes no row',
    'delete from item where false; update item set text = text where false',
  ],
  ['a transaction that is rolled back', `begin; insert into item (text) values ('x'); rollback`],
])('%s makes no new version', async (_what, sql) => {
  const before = await front()
  await app.sql(sql)
  expect(await front()).toEqual(before)
})

test('a queue without one of its triggers, as in the middle of a restore, is not current', async () => {
  await front()
  await app.sql('drop trigger after_item_insert on item')
  expect((await app.services.queue.front()).current).toBe(false)
  await app.sql(`
    create trigger after_item_insert after insert on item
    referencing new table as changed for each statement execute function after_item_change()`)
  await until('it is current', async () => (await app.services.queue.front()).current)
  await expectQueueToWork(['a', 'b', 'c'])
})

/** Our triggers, and for what each is on. */
function triggers() {
  return app.sql(`
    select tgrelid::regclass::text as table, tgname as name, tgenabled as enabled from pg_trigger
    where tgrelid in ('item'::regclass, 'queue'::regclass) and not tgisinternal order by name`)
}

test('each of our triggers that somebody switches off is on again after a version check', async () => {
  const all = await triggers()
  expect(all.length).toBeGreaterThan(10)
  for (const { table, name } of all) {
    await app.sql(`alter table ${table} disable trigger ${name}`)
    await front()
    expect(await triggers()).toEqual(all)
  }
})

test('a statement that changes n rows takes n versions, so that the writes of a batch have one each', async () => {
  const before = await front()
  // Ahead of the clock, which versions follow otherwise.
  await app.sql('update queue set version = version + 1000000000')
  await app.sql(`insert into item (text) values ('x'), ('y'), ('z')`)
  expect((await front()).version).toBe(before.version + 1_000_000_003)
})

test('a wrong length is counted anew with the next change that finds it out', async () => {
  await app.sql('update queue set length = 0')
  await app.sql(`delete from item where text = 'a'`)
  expect(await shownTexts()).toEqual(['b', 'c'])
})

test('a copy that brings rows, but a sequence that starts at 1, loses no new item', async () => {
  // As logical replication leaves it: all rows, the row of the queue among them, and no sequence.
  await remove()
  await app.sql('alter sequence item_id_seq restart')
  await expectQueueToWork(['b', 'c'])
})

test.each([
  ['is truncated', 'truncate queue_identity'],
  ['is restored over itself', `insert into queue_identity values ('another')`],
])('the queue works on if the identity of the database %s', async (_what, sql) => {
  await app.sql(sql)
  await expectQueueToWork(['a', 'b', 'c'])
})

test('rows restored one table after the other, in either order, make a queue that works', async () => {
  const items = `insert into item (id, text) overriding system value values (11, 'x'), (12, 'y')`
  const queue = 'insert into queue (version, length, removed_through, last_id) values (5, 2, 10, 12)'
  for (const order of [
    [items, queue],
    [queue, items],
  ]) {
    await app.sql('truncate queue, item restart identity')
    await app.sql(order.join(';'))
    await expectQueueToWork(['x', 'y'])
  }
})

test('a row of the queue that is inserted while somebody writes counts what they commit', async () => {
  const [writer, restorer] = [await connect(), await connect()]
  try {
    await writer.query('begin')
    await writer.query(`insert into item (text) values ('d')`)
    const restored = restorer.query('insert into queue default values')
    await until('the other one waits', async () => {
      const waiting = await app.sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return waiting.length === 1
    })
    await writer.query('commit')
    await restored
  } finally {
    await Promise.all([writer.end(), restorer.end()])
  }
  await expectQueueToWork(['a', 'b', 'c', 'd'])
})

test.each([
  ['an item of no characters', `insert into item (text) values ('')`],
  ['an item of 201 characters', `insert into item (text) values (repeat('x', 201))`],
  ['an item of 201 emoji', `insert into item (text) values (repeat('\u{1f355}', 201))`],
  ['an item without a text', 'insert into item (text) values (null)'],
  ['an item with an id of its own', `insert into item (id, text) values (1, 'a')`],
  ['an item with an id below 1', `insert into item (id, text) overriding system value values (0, 'a')`],
  [
    'an item with an id that JavaScript has no number for',
    `insert into item (id, text) overriding system value values (9007199254740992, 'a')`,
  ],
  ['a row of the queue that is not the row', 'insert into queue (only_row, version) values (false, 1)'],
  ['a version that JavaScript has no number for', 'update queue set version = 9007199254740992'],
])('the database itself refuses %s', async (_what, statement) => {
  await expect(app.sql(statement)).rejects.toThrow(/constraint|cannot insert|leaves no room/)
})

test('the database takes 1 and 200 characters, of more than one UTF-16 unit too', async () => {
  await app.sql(`insert into item (text) values ('x'), (repeat('\u{1f355}', 200))`)
})
