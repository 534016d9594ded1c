import { DatabaseUnavailable } from '../../src/db/errors.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'

// The app is not alone in its database: somebody else's trigger may refuse, skip or change a write, and an id may be set
// by hand.
useApp()

test('while a trigger of somebody else refuses adds, they are answered 503, and all else goes on', async () => {
  await app.add('a')
  await app.sql(`create function refuse() returns trigger language plpgsql
    as $$ begin raise exception 'closed for today'; end $$`)
  await app.sql('create trigger refuse before insert on item for each row execute function refuse()')
  const refused = await app.postForm('/add', 'text=kept', { Accept: 'text/html' })
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } })
  expect(refused.text).toContain('kept')
  expect(await app.queue()).toMatchObject({ current: true, length: 1 })
  expect((await app.remove()).item?.text).toBe('a')
  await app.sql('drop trigger refuse on item')
  expect((await app.add('b')).length).toBe(1)
})

/** A trigger of somebody else. */
async function createTrigger(event: string, body: string): Promise<void> {
  await app.sql(
    `create or replace function other() returns trigger language plpgsql as $$ begin ${body} end $$`,
  )
  await app.sql(`create trigger other ${event} on item for each row execute function other()`)
}

describe('with a trigger of somebody else', () => {
  beforeEach(() => app.empty())
  afterEach(() => app.sql('drop trigger if exists other on item'))

  test.each([
    ['skips', 'before insert', `if new.text = 'spam' then return null; end if; return new;`],
    ['deletes at once', 'after insert', `delete from item where text = 'spam'; return null;`],
  ])('an add that it %s is answered 503, and the adds beside it happen', async (_what, event, body) => {
    await createTrigger(event, body)
    const texts = ['a', 'spam', 'b']
    const answers = await Promise.all(texts.map((text) => app.postJson('/add', JSON.stringify({ text }))))
    expect(answers.map(({ status }) => status)).toEqual([201, 503, 201])
    expect((await app.queue()).items.map(({ text }) => text)).toEqual(['a', 'b'])
  })

  test('a remove that it skips is answered 503, and not that the queue is empty', async () => {
    await app.add('a')
    await createTrigger('before delete', 'return null;')
    await app.request('POST', '/remove').expect(503)
    expect(await app.queue()).toMatchObject({ current: true, length: 1 })
  })

  test('if it skips one remove of two that are sent together, only the other one happens', async () => {
    for (const text of ['a', 'b']) await app.add(text)
    await createTrigger('before delete', `if old.text = 'b' then return null; end if; return old;`)
    const removes = [1, 2].map(() => app.services.queue.write({ remove: 'oldest' }))
    const [first, second] = await Promise.allSettled(removes)
    expect(first).toMatchObject({ value: { item: { text: 'a' }, length: 1 } })
    expect(second).toMatchObject({ reason: expect.any(DatabaseUnavailable) })
  })

  test.each([
    ['before', 'before insert', 'new.text := upper(new.text); return new;'],
    ['after', 'after insert', 'update item set text = upper(text) where id = new.id; return null;'],
  ])('an add is answered with the text that it has stored, %s the insert', async (_when, event, body) => {
    await createTrigger(event, body)
    expect((await app.add('a')).item.text).toBe('A')
    expect((await app.queue()).items.map(({ text }) => text)).toEqual(['A'])
  })

  test('what it adds, changes or removes by itself is on the page at once', async () => {
    for (const text of ['a', 'b']) await app.add(text)
    await createTrigger(
      'after insert',
      `if pg_trigger_depth() = 1 then
         insert into item (text) values ('twin');
         update item set text = 'changed' where text = 'a';
         delete from item where text = 'b';
       end if;
       return null;`,
    )
    const { version } = await app.add('c')
    const queue = await app.queue()
    expect(queue).toMatchObject({ version, length: 3, current: true })
    expect(queue.items.map(({ text }) => text)).toEqual(['changed', 'c', 'twin'])
  })

  test('an item that it puts first is on the page at once', async () => {
    for (const text of ['a', 'b']) await app.add(text)
    await createTrigger('before insert', 'new.id := (select min(id) - 1 from item); return new;')
    const { version } = await app.add('urgent')
    const queue = await app.queue()
    expect(queue).toMatchObject({ version, length: 3 })
    expect(queue.items.map(({ text }) => text)).toEqual(['urgent', 'a', 'b'])
  })
})

describe('without one of the triggers that count', () => {
  test.each([
    ['an add', 'insert', 'new', () => app.postJson('/add', '{"text":"b"}')],
    ['a remove', 'delete', 'old', () => app.postJson('/remove', '{}')],
  ])('%s is answered 503 and changes nothing', async (_what, event, rows, write) => {
    await app.empty()
    await app.add('a')
    await app.sql(`drop trigger after_item_${event} on item`)
    await write().expect(503)
    expect(await app.sql('select text from item')).toEqual([{ text: 'a' }])
    await app.sql(`
      create trigger after_item_${event} after ${event} on item
      referencing ${rows} table as changed for each statement execute function after_item_change()`)
    await until('it is current', async () => (await app.queue()).current)
    await app.add('c')
    expect(await app.queue()).toMatchObject({ length: 2, current: true })
  })
})

test('writes work again at once after all triggers were switched off, even if nobody loads a page', async () => {
  await app.empty()
  await app.add('a')
  await app.sql('alter table item disable trigger all')
  await app.sql(`insert into item (text) values ('not counted')`)
  const added = await Promise.all(['b', 'c'].map((text) => app.add(text)))
  expect(added.map(({ length }) => length)).toEqual([3, 4])
  await app.sql('alter table item disable trigger all')
  expect(await app.remove()).toMatchObject({ item: { text: 'a' }, length: 3 })
})

test('an id that leaves no room for later items is refused, so adds go on', async () => {
  const insert = (id: string) =>
    app.sql(`insert into item (id, text) overriding system value values (${id}, 'by hand')`)
  await expect(insert('9007199254740991')).rejects.toThrow('leaves no room')
  await insert('4503599627370496')
  const { item } = await app.add('behind it')
  expect(item.id).toBe(4_503_599_627_370_497)
  expect((await app.queue()).items.at(-1)).toEqual(item)
})
