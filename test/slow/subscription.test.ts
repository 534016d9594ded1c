import { createDatabase, type TestDatabase } from '../support/database.js'
import { until } from '../support/poll.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// The table `item` alone is replicated into another database, in which the app runs too.
let postgres: Postgres
let databases: TestDatabase[]
let original: TestApp
let replica: TestApp

beforeAll(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off', wal_level: 'logical' } })
  databases = [await createDatabase(postgres.url()), await createDatabase(postgres.url())]
  ;[original, replica] = (await Promise.all(
    databases.map(async ({ url }) => {
      const app = await startTestApp({ DATABASE_URL: url, MEMCACHIER_SERVERS: '' })
      await app.services.database.migrate()
      return app
    }),
  )) as [TestApp, TestApp]
  await original.add('before the copy')
  await original.sql('create publication items for table item')
  // Made beforehand, because a subscription can't make it on its own server.
  await original.sql(`select pg_create_logical_replication_slot('items', 'pgoutput')`)
  await replica.sql(`create subscription items connection '${databases[0]?.url}' publication items
    with (create_slot = false)`)
})

afterAll(async () => {
  await replica.sql('drop subscription items')
  await original.close()
  await replica.close()
  await postgres.stop()
})

async function expectReplicaToFollow(): Promise<void> {
  const { length, items } = await original.queue()
  await until('the replica shows the same', async () => {
    const queue = await replica.queue()
    return JSON.stringify([queue.length, queue.items]) === JSON.stringify([length, items])
  })
}

test('each change that a subscription brings is shown, and counted', async () => {
  await expectReplicaToFollow() // the copy
  for (const text of ['a', 'b', 'c']) await original.add(text)
  await expectReplicaToFollow()
  await original.sql(`update item set text = 'changed' where text = 'b'`)
  await expectReplicaToFollow()
  await original.remove()
  await expectReplicaToFollow()
  await original.sql(`begin; truncate item; insert into item (text) values ('d'), ('e'), ('f'); commit`)
  await expectReplicaToFollow()
  await original.sql(`delete from item where text = 'e'`)
  await expectReplicaToFollow()
  expect(await replica.sql('select bool_and(id > removed_through) as ok from item, queue')).toEqual([
    { ok: true },
  ])
})

test('a large transaction is counted row by row', async () => {
  await original.sql(`insert into item (text) select 'many' from generate_series(1, 2000)`)
  await expectReplicaToFollow()
  await original.sql(`delete from item where text = 'many'`)
  await expectReplicaToFollow()
})

test('the replica’s own writes come behind what it was sent', async () => {
  await original.add('sent')
  await expectReplicaToFollow()
  const { item } = await replica.add('own')
  expect((await replica.queue()).items.at(-1)).toEqual(item)
  while ((await replica.remove()).item !== null);
  expect((await replica.queue()).length).toBe(0)
})
