import { connect } from 'node:net'
import { answerOf } from '../support/answerOf.js'
import { sample } from '../support/sample.js'
import type { QueueJson } from '../support/testApp.js'
import { app, useApp } from '../support/useApp.js'
import { ADDRESSES } from './addresses.js'
import { BODIES } from './bodies.js'
import type { HostileRequest } from './request.js'
import { WIRE } from './wire.js'

const TABLE = [...ADDRESSES, ...BODIES, ...WIRE].map((request, index) => ({ index, ...request }))

let before: QueueJson

useApp()

beforeAll(async () => {
  for (const text of ['first', 'second']) await app.add(text)
  before = await app.queue()
})

/** All that comes back until the server closes the connection. */
async function send({ bytes, isCutShort }: HostileRequest): Promise<string> {
  const socket = connect(app.port, '127.0.0.1')
  if (isCutShort) socket.end(bytes)
  else socket.write(bytes)
  return await answerOf(socket)
}

test('there are at least 300 of them, and no two are the same', () => {
  expect(TABLE.length).toBeGreaterThanOrEqual(300)
  expect(new Set(TABLE.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(TABLE.length)
})

test.each(sample(TABLE))(
  '$index: $what is answered as it should be, and the queue stays as it was',
  async (request) => {
    const answer = await send(request)
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
    expect(request.right).toContain(status === undefined ? 'closed' : Number(status))
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/m)
    expect(await app.queue()).toEqual(before)
  },
)

test('afterwards a visitor can still add and remove', async () => {
  const { item } = await app.add('third')
  expect((await app.queue()).items.map(({ text }) => text)).toEqual(['first', 'second', 'third'])
  expect((await app.remove()).item?.text).toBe('first')
  await app.remove()
  expect((await app.remove()).item).toEqual(item)
  expect(Object.prototype).not.toHaveProperty('text')
})
