import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { createLog, type Logger } from '../../src/process/log.js'
import { sample } from '../support/sample.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

const JSON_ = { Accept: 'application/json' }
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']
const UNSAFE_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

let app: TestApp
let behindProxy: TestApp

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
  behindProxy = await startTestApp({ ...app.environment, TRUST_PROXY: '1' })
})

afterAll(async () => {
  await behindProxy.close()
  await app.close()
})

test.each([
  { 'Sec-Fetch-Site': 'same-origin' },
  { Origin: 'http://queue.example', Host: 'queue.example:80' }, // a browser leaves this port out
])('a write from our own page is made: %j', async (headers) => {
  await app.postJson('/add', '{"text":"a"}', { ...JSON_, ...headers }).expect(201)
  await app.postJson('/remove', '', { ...JSON_, ...headers }).expect(200)
})

test('lets another site link to the page', async () => {
  await app.get('/', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }).expect(200)
  await app.request('HEAD', '/', { 'Sec-Fetch-Site': 'cross-site' }).expect(200)
})

/** Values of `Sec-Fetch-Site`, and whether they pass. Without the header the origin decides. */
const SITES = new Map<string | undefined, boolean | 'by origin'>([
  [undefined, 'by origin'],
  ['same-origin', true],
  ['none', true],
  ['same-site', false],
  ['cross-site', false],
  ['', false],
  ['nonsense', false],
  ['same-origin, same-origin', false],
  ['SAME-ORIGIN', false],
])

/** Values of `Origin`, each with the host for which it is ours; undefined if there is none. */
const ORIGINS = new Map<string | undefined, string | 'passes' | undefined>([
  [undefined, 'passes'],
  ['https://queue.example', 'queue.example'],
  ['http://queue.example', 'queue.example'],
  ['https://outside.example', 'outside.example'],
  ['http://localhost:3000', 'localhost:3000'],
  ['https://queue.example:8443', undefined],
  ['https://queue.example.evil.example', undefined],
  ['https://evil.example', undefined],
  ['https://evil.example/queue.example', undefined],
  ['queue.example', undefined],
  ['null', undefined],
  ['', undefined],
])

/** Headers that name the host, and the host that they mean: to an app that trusts no proxy, and to one that does. */
const HOSTS: [headers: Record<string, string>, direct: string, proxied: string][] = [
  [{ Host: 'queue.example' }, 'queue.example', 'queue.example'],
  [{ Host: 'localhost:3000' }, 'localhost:3000', 'localhost:3000'],
  [{ Host: 'queue.example', 'X-Forwarded-Proto': 'https' }, 'queue.example', 'queue.example'],
  [{ Host: 'queue.example', 'X-Forwarded-Host': 'outside.example' }, 'queue.example', 'outside.example'],
  [{ Host: 'inside:80', 'X-Forwarded-Host': 'queue.example, inside' }, 'inside', 'queue.example'],
  [{ Host: 'queue.example', Forwarded: 'host=outside.example' }, 'queue.example', 'queue.example'],
]

const COMBINATIONS = [...SITES].flatMap(([site, verdict]) =>
  [...ORIGINS].flatMap(([origin, originHost]) =>
    HOSTS.map(([hostHeaders, direct, proxied]) => ({
      headers: {
        ...hostHeaders,
        ...(site !== undefined && { 'Sec-Fetch-Site': site }),
        ...(origin !== undefined && { Origin: origin }),
      },
      passes: (host: 'direct' | 'proxied') => {
        if (verdict !== 'by origin') return verdict
        return originHost === 'passes' || originHost === { direct, proxied }[host]
      },
    })),
  ),
)

/** Prime, so that the sample has each value of each header. */
const ONE_IN = 23

test.each(UNSAFE_METHODS)(
  '%s passes only from our own site, in each combination of these headers',
  async (method) => {
    const wrong = []
    for (const { headers, passes } of sample(COMBINATIONS, ONE_IN)) {
      for (const host of ['direct', 'proxied'] as const) {
        const status = await statusOf(host === 'direct' ? app : behindProxy, method, headers)
        // If it has no body type, or another method, the next middleware refuses it.
        const expected = passes(host) ? (method === 'POST' ? 415 : 405) : 403
        if (status !== expected) wrong.push({ headers, host, status, expected })
      }
    }
    expect(wrong).toEqual([])
  },
)

test.each(SAFE_METHODS)('%s always passes, because it changes nothing', async (method) => {
  const statuses = new Set<number | undefined>()
  for (const { headers } of sample(COMBINATIONS, ONE_IN)) statuses.add(await statusOf(app, method, headers))
  expect([...statuses]).toEqual([method === 'OPTIONS' ? 204 : 405])
})

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

afterAll(() => agent.destroy())

async function statusOf(
  { port }: { readonly port: number },
  method: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const request = httpRequest({ port, path: '/add', method, headers, agent }).end()
  const [response]: IncomingMessage[] = await once(request, 'response')
  response?.resume()
  if (response) await once(response, 'end')
  return response?.statusCode
}

describe('the log', () => {
  const lines: { readonly values: object; readonly text: string }[] = []
  const log: Logger = createLog({ logLevel: 'silent', isProduction: true })
  log.warn = (values: unknown, text?: string) =>
    void lines.push({ values: values as object, text: text ?? '' })

  let own: ScriptedApp

  beforeEach(async () => {
    lines.length = 0
    own = await startScriptedApp({}, { log })
  })

  function write(headers: Record<string, string>): Promise<number | undefined> {
    return statusOf(own, 'POST', headers)
  }

  /** The warnings about hosts, without the lines of the requests. */
  function ofHosts() {
    return lines.filter(({ text }) => text.includes('proxy_set_header Host'))
  }

  test('says once which header a proxy leaves out, not for each refused write', async () => {
    // Plain nginx: it sends the name of the upstream.
    for (let i = 0; i < 5; i++)
      expect(await write({ Host: '127.0.0.1:3000', Origin: 'http://queue.example' })).toBe(403)
    expect(ofHosts()).toEqual([
      {
        values: { origin: 'http://queue.example', host: '127.0.0.1:3000', forwardedHost: null },
        text: expect.stringMatching(/its Origin is not the Host.*nginx.*X-Forwarded-Host.*TRUST_PROXY=1/),
      },
    ])
  })

  test('does not warn if it surely was another site, or no browser', async () => {
    await write({ Host: 'a.example', Origin: 'http://b.example', 'Sec-Fetch-Site': 'cross-site' })
    await write({ Host: 'a.example', Origin: 'null' })
    await write({ Host: 'a.example' })
    await write({ Host: 'a.example', Origin: 'http://a.example' })
    expect(ofHosts()).toEqual([])
  })

  test('contains at most the beginning of a long header', async () => {
    await write({ Host: 'a.example', Origin: `http://${'b'.repeat(60)}.${'c.'.repeat(2000)}example` })
    expect(JSON.stringify(ofHosts()[0]?.values).length).toBeLessThan(400)
  })
})
