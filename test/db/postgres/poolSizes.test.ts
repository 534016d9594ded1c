import { readersOfEach, WRITERS } from '../../../src/db/postgres/poolSizes.js'
import { untilEqual } from '../../support/poll.js'
import { startTestApp } from '../../support/testApp.js'

const SMALL_PLAN = 20

test.each([1, 2, 3, 4])(
  'two machines of %i processes use less than all connections of a small plan',
  (processes) => {
    expect(2 * processes * (readersOfEach(processes) + WRITERS)).toBeLessThanOrEqual(SMALL_PLAN - 2)
  },
)

test('four dynos share a small plan, and leave room for a fifth that takes the place of one, or for a release', () => {
  expect(5 * (readersOfEach(1) + WRITERS)).toBeLessThanOrEqual(SMALL_PLAN)
})

test.each([1, 2, 4, 5, 64])('leaves each of %i processes a connection to read', (processes) => {
  expect(readersOfEach(processes)).toBeGreaterThanOrEqual(1)
})

test('takes no more connections than its share, even under many requests at once', async () => {
  const app = await startTestApp({ WEB_CONCURRENCY: '4' })
  const requests = Array.from({ length: 20 }, (_, number) => [
    app.add(`item ${number}`),
    app.get(`/?after=${number + 1}`), // a busy machine may refuse some with 503, after 400 ms in the queue
  ])
  await Promise.all(requests.flat())
  const connections = async () => {
    const [row] = await app.sql(
      "select count(*)::int from pg_stat_activity where datname = current_database() and application_name = 'queue'",
    )
    return row?.count
  }
  // If an answer was late, its connection may not be replaced yet.
  await untilEqual('there is one to read and one to write', connections, 2)
  await app.close()
})
