import { createMigratedDatabase, NOWHERE } from '../support/database.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { database, useDatabase } from '../support/useDatabase.js'

const JSON_ = { Accept: 'application/json' }
const PASSWORD = 'zwölf: Hasen'
const DEVELOPMENT = { MEMCACHIER_SERVERS: '' }
const PATHS = ['/status', '/metrics']

let app: TestApp

useDatabase(createMigratedDatabase)

function startApp(environment: Record<string, string>): Promise<TestApp> {
  return startTestApp({ DATABASE_URL: database.url, ...environment })
}

/** In production the database must be named; these apps need none that answers. */
function production(environment: Record<string, string> = {}): Record<string, string> {
  return {
    ...DEVELOPMENT,
    NODE_ENV: 'production',
    DATABASE_URL: NOWHERE,
    ...environment,
  }
}

let addresses = 0

/** A new address, because an app counts the wrong guesses of each. */
function elsewhere(): { 'X-Forwarded-For': string } {
  return { 'X-Forwarded-For': `203.0.113.${++addresses}` }
}

function basic(user: string, password: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

test('without a password, the operators’ pages are open on a developer’s machine', async () => {
  app = await startApp(DEVELOPMENT)
  for (const path of PATHS) await app.get(path, JSON_).expect(200).expect('cache-control', 'no-store')
  await app.close()
})

test('without a password, they are a 404 in production, with any credentials', async () => {
  app = await startApp(production())
  for (const path of PATHS) {
    for (const headers of [{}, basic('operator', ''), basic('operator', 'undefined')]) {
      const response = await app.get(path, { ...JSON_, ...headers }).expect(404)
      expect(response.headers).not.toHaveProperty('www-authenticate')
    }
  }
  await app.close()
})

// Written as they are sent, because some are not Base64.
const REFUSED: [why: string, header: string | undefined][] = [
  ['nothing', undefined],
  ['an empty header', ''],
  ['a wrong password', basic('operator', 'zwölf').Authorization],
  ['a longer password', basic('operator', `${PASSWORD}!`).Authorization],
  ['no password', basic('operator', '').Authorization],
  ['the right password of somebody else', basic('admin', PASSWORD).Authorization],
  ['the right password of nobody', basic('', PASSWORD).Authorization],
  ['the user’s name in capitals', basic('Operator', PASSWORD).Authorization],
  ['the password alone', `Basic ${Buffer.from(PASSWORD).toString('base64')}`],
  ['what is not base64', `Basic operator:secret`],
  ['another scheme', basic('operator', PASSWORD).Authorization.replace('Basic', 'Bearer')],
  ['a scheme alone', 'Basic'],
  [
    'two credentials',
    `${basic('operator', 'x').Authorization}, ${basic('operator', PASSWORD).Authorization}`,
  ],
]

describe.each([
  ['in production', production({ OPERATOR_PASSWORD: PASSWORD, TRUST_PROXY: '1' })],
  ['on a developer’s machine', { ...DEVELOPMENT, OPERATOR_PASSWORD: PASSWORD, TRUST_PROXY: '1' }],
])('with a password, %s', (_, environment) => {
  beforeAll(async () => {
    app = await startApp(environment)
  })

  afterAll(() => app.close())

  test('it opens the operators’ pages', async () => {
    for (const path of PATHS) {
      await app.get(path, { ...JSON_, ...basic('operator', PASSWORD) }).expect(200)
      await app.request('HEAD', path, { ...JSON_, ...basic('operator', PASSWORD) }).expect(200)
    }
  })

  test.each(REFUSED)('%s does not', async (_, header) => {
    for (const path of PATHS) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const headers = { ...JSON_, ...(header !== undefined && { Authorization: header }), ...elsewhere() }
        const response = await app.request(method, path, headers).expect(401)
        expect(response.headers).toMatchObject({
          'www-authenticate': 'Basic realm="operator", charset="UTF-8"',
          'cache-control': 'no-store',
        })
        expect(response.text ?? '').not.toMatch(/queue_|recent/)
      }
    }
  })
})

test('public pages ask for no password', async () => {
  app = await startApp({ ...DEVELOPMENT, OPERATOR_PASSWORD: PASSWORD })
  await app.get('/', JSON_).expect(200)
  await app.get('/healthz').expect(200)
  await app.get('/readyz').expect(200)
  await app.close()
})
