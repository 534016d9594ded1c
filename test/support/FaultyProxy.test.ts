import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Fault, FaultyProxy } from './FaultyProxy.js'
import { type Memcached, startMemcached } from './memcached.js'
import { until } from './poll.js'

const VALUE = 'x'.repeat(1000)
/** memcached counts the connection that asks for the count, too. */
const NOBODY_ELSE = 1
const ANSWER = `VALUE big 0 1000\r\n${VALUE}\r\nEND\r\n`

let memcached: Memcached
let proxy: FaultyProxy

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

beforeEach(async () => {
  await memcached.command(`flush_all\r\nset big 0 0 1000\r\n${VALUE}`)
  proxy = await FaultyProxy.start(memcached.port)
})

afterEach(() => proxy.close())

it('passes everything on while it is healthy', async () => {
  const client = new Client(proxy.port)
  client.send('get big')
  await client.received(ANSWER)
  expect(proxy.connections).toBe(1)
  await client.close()
  await until('the proxy sees the client go', () => proxy.connections === 0)
  expect(proxy.connectionsMade).toBe(1)
})

it('delays requests and responses', async () => {
  await proxy.setFault({ kind: 'delay', requestMs: 30, responseMs: 40 })
  const client = new Client(proxy.port)
  await client.connected()
  const sentAtMs = performance.now()
  client.send('get big')
  await client.received(ANSWER)
  expect(performance.now() - sentAtMs).toBeGreaterThan(60)
})

it('refuses: nobody listens, and existing connections are closed; healed, the same port listens again', async () => {
  const before = await connectedClient()
  await proxy.setFault({ kind: 'refuse' })
  const meanwhile = new Client(proxy.port)
  await before.closed()
  await meanwhile.closed()
  expect(meanwhile.error?.code).toBe('ECONNREFUSED')

  await proxy.heal()
  const after = await connectedClient()
  after.send('get big')
  await after.received(ANSWER)
})

it('resets existing connections and new ones', async () => {
  const before = await connectedClient()
  await proxy.setFault({ kind: 'reset' })
  const meanwhile = new Client(proxy.port)
  await before.closed()
  await meanwhile.closed()
  expect([before.error?.code, meanwhile.error?.code]).toEqual(['ECONNRESET', 'ECONNRESET'])
})

it('swallows requests, and the connections that lost some stay silent when it is healed', async () => {
  const victim = await connectedClient()
  await proxy.setFault({ kind: 'swallow' })
  victim.send('delete big')
  await somebodyElseComesAndGoes()
  await proxy.heal()
  victim.send('delete big')
  const healthy = new Client(proxy.port)
  healthy.send('get big')
  await healthy.received(ANSWER)
  expect(victim.text).toBe('')
  expect(victim.isOpen).toBe(true)
})

it('cuts a connection in the middle of a response', async () => {
  const client = await connectedClient()
  await proxy.setFault({ kind: 'cutAfter', responseBytes: 100 })
  client.send('get big')
  await client.closed()
  expect(client.text).toBe(ANSWER.slice(0, 100))
})

it('stalls in the middle of a response, while requests still arrive', async () => {
  const client = await connectedClient()
  await proxy.setFault({ kind: 'stallAfter', responseBytes: 100 })
  client.send('get big\r\ndelete big')
  await client.received(ANSWER.slice(0, 100))
  await until('the request behind it arrives', async () => (await memcached.command('get big')) === 'END\r\n')
  expect(client.text).toBe(ANSWER.slice(0, 100))
  expect(client.isOpen).toBe(true)
})

it('holds requests back and delivers them late, even when the client has long gone', async () => {
  const client = await connectedClient()
  await proxy.setFault({ kind: 'hold' })
  client.send('delete big')
  await client.close()
  await until('the proxy sees the client go', () => proxy.connections === 0)
  expect(await memcached.command('get big')).toBe(ANSWER)
  proxy.release()
  await until('the request arrives', async () => (await memcached.command('get big')) === 'END\r\n')
})

it('holds responses back and delivers them late', async () => {
  const client = await connectedClient()
  client.send('get big')
  await client.received(ANSWER)
  await proxy.setFault({ kind: 'hold' })
  client.send('delete big')
  await somebodyElseComesAndGoes()
  proxy.release() // only the request: its answer is not there yet
  await until('memcached has done it', async () => (await memcached.command('get big')) === 'END\r\n')
  await somebodyElseComesAndGoes()
  expect(client.text).toBe(ANSWER)
  await until('released, the answer arrives', () => {
    proxy.release()
    return client.text === `${ANSWER}DELETED\r\n`
  })
})

it('closes the connection when the server is killed', async () => {
  const client = await connectedClient()
  await memcached.kill()
  await client.closed()
  await memcached.start()
})

it('leaves no connection to the server behind after any fault', async () => {
  const faults: Fault[] = [
    { kind: 'swallow' },
    { kind: 'hold' },
    { kind: 'stallAfter', responseBytes: 10 },
    { kind: 'cutAfter', responseBytes: 10 },
    { kind: 'reset' },
    { kind: 'refuse' },
  ]
  // The one that asks counts too; those of earlier tests take a moment to go.
  await until('nobody else is connected', async () => (await openConnections()) === NOBODY_ELSE)
  for (const fault of faults) {
    const client = await connectedClient()
    expect(await openConnections()).toBeGreaterThan(NOBODY_ELSE)
    await proxy.setFault(fault)
    client.send('get big')
    await client.close()
    await until('the proxy sees the client go', () => proxy.connections === 0)
    await proxy.heal()
    await until(
      `no connection is left after ${fault.kind}`,
      async () => (await openConnections()) === NOBODY_ELSE,
    )
  }
})

async function openConnections(): Promise<number> {
  const { curr_connections: connections } = await memcached.stats()
  return connections ?? 0
}

/** Once it has gone, the proxy has also read all that others had sent before. */
async function somebodyElseComesAndGoes(): Promise<void> {
  const others = proxy.connections
  const client = new Client(proxy.port)
  await client.connected()
  await until('the proxy sees somebody come', () => proxy.connections === others + 1)
  await client.close()
  await until('the proxy sees somebody go', () => proxy.connections === others)
}

/** A client whose first request has reached the server. */
async function connectedClient(): Promise<Client> {
  const client = new Client(proxy.port)
  client.send('verbosity 0')
  await client.received('OK\r\n')
  client.text = ''
  return client
}

class Client {
  text = ''
  error: NodeJS.ErrnoException | undefined
  readonly #socket: Socket

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text
    })
    this.#socket.on('error', (error) => {
      this.error = error
    })
  }

  get isOpen(): boolean {
    return !this.#socket.readableEnded && !this.#socket.destroyed
  }

  async connected(): Promise<void> {
    await once(this.#socket, 'connect')
  }

  send(line: string): void {
    this.#socket.write(`${line}\r\n`)
  }

  received(text: string): Promise<void> {
    return until(`"${text.slice(0, 30)}" arrives`, () => this.text === text)
  }

  closed(): Promise<void> {
    return until('the connection is closed', () => this.#socket.closed)
  }

  async close(): Promise<void> {
    this.#socket.end(() => this.#socket.destroy())
    await this.closed()
  }
}
