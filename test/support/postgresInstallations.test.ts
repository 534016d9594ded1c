import { chosenPostgres, POSTGRES_VARIABLE, stockPostgresIfInstalled } from './postgresInstallations.js'

const before = process.env[POSTGRES_VARIABLE]

afterEach(() => choose(before))

function choose(name: string | undefined): void {
  if (name === undefined) delete process.env[POSTGRES_VARIABLE]
  else process.env[POSTGRES_VARIABLE] = name
}

test('without a choice the tests run on the Postgres that npm installed', () => {
  choose(undefined)
  const unsaid = chosenPostgres()
  choose('npm')
  expect(unsaid).toEqual(chosenPostgres())
  expect(unsaid.isStock).toBe(false)
})

test('a folder is taken for a stock Postgres, and the proof runs on it too', () => {
  choose('npm')
  const { binFolder } = chosenPostgres()
  choose(binFolder)
  expect(chosenPostgres()).toEqual({ binFolder, isStock: true })
  expect(stockPostgresIfInstalled()).toEqual({ binFolder, isStock: true })
})

test.each([
  ['a version that nobody has fetched', '9', 'npm ci --prefix test/postgres'],
  ['a folder without a server', '/nowhere', 'no initdb'],
])('%s stops the tests with a line that says what to do', (_what, name, advice) => {
  choose(name)
  expect(chosenPostgres).toThrow(advice)
})
