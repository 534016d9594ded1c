import { app, useApp } from '../support/useApp.js'

// The app is not alone in its database: somebody else's trigger may refuse a write, or an id may be set by hand.
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

test('an id that leaves no room for later items is refused, so adds go on', async () => {
  const insert = (id: string) =>
    app.sql(`insert into item (id, text) overriding system value values (${id}, 'by hand')`)
  await expect(insert('9007199254740991')).rejects.toThrow('leaves no room')
  await insert('4503599627370496')
  const { item } = await app.add('behind it')
  expect(item.id).toBe(4_503_599_627_370_497)
  expect((await app.queue()).items.at(-1)).toEqual(item)
})
