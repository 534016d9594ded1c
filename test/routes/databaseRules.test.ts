import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
})

afterAll(() => app.close())

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
  await expect(app.sql(statement)).rejects.toThrow(/constraint|cannot insert/)
})

test('the database takes 1 and 200 characters, of more than one UTF-16 unit too', async () => {
  await app.sql(`insert into item (text) values ('x'), (repeat('\u{1f355}', 200))`)
})
