import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import path from 'node:path'
import { createMigratedDatabase } from '../support/database.js'
import { Fifo } from '../support/Fifo.js'
import { until } from '../support/poll.js'
import { processTree } from '../support/processTree.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { folder, useFolder } from '../support/useFolder.js'
import { procfileCommand, runCommand, startWebCommand } from '../support/webProcess.js'
import { add } from './client.js'

const REQUESTS = 200
const JSON_ = { Accept: 'application/json' }

let fifo: string

useDatabase(createMigratedDatabase)
useFolder()

beforeEach(() => {
  fifo = path.join(folder, 'fifo')
})

/** Where output can go so that it can't be written; `open` gives the file to write to, and what to close. */
const OUTPUTS = {
  'a full disk': () => ({ file: '/dev/full', close() {} }),
  'a pipe that is full and that nobody reads': () => {
    const pipe = new Fifo(fifo)
    pipe.fill()
    return { file: fifo, close: () => pipe.close() }
  },
  'a pipe whose reader has gone': () => {
    execFileSync('mkfifo', [fifo])
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    return { file: fifo, close: () => {}, onStarted: () => closeSync(reader) }
  },
} satisfies Record<string, () => { file: string; close(): void; onStarted?(): void }>

const NAMES = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[]
const IN_PRODUCTION = { NODE_ENV: 'production' }
const cases = NAMES.flatMap((name) => [
  { name, how: 'one process', env: IN_PRODUCTION },
  { name, how: 'two processes', env: { ...IN_PRODUCTION, WEB_CONCURRENCY: '2' } },
  { name, how: 'readable lines', env: { NODE_ENV: 'development' } },
])

test.each(cases)(
  'with $name as stdout and stderr, $how: every request is answered, and SIGTERM ends all with 0',
  async ({ name, env }) => {
    const output: { file: string; close(): void; onStarted?(): void } = OUTPUTS[name]()
    const command = `${procfileCommand('web')} >${output.file} 2>&1`
    const web = await startWebCommand(command, { ...env, DATABASE_URL: database.url })
    output.onStarted?.()
    if ('WEB_CONCURRENCY' in env)
      await until('both web processes run', () => processTree(web.pid).length === 3)

    const answers = Array.from({ length: REQUESTS }, () => fetch(`${web.url}/nowhere`, { headers: JSON_ }))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(REQUESTS).fill(404))
    await add(web.url, 'written')
    expect((await fetch(`${web.url}/healthz`)).status).toBe(200)

    expect(await web.stop()).toEqual({ code: 0, signal: null })
    output.close()
  },
)

test('says how many lines were lost once somebody reads again', async () => {
  const pipe = new Fifo(fifo)
  pipe.fill()
  const web = await startWebCommand(`${procfileCommand('web')} >${fifo}`, { DATABASE_URL: database.url })
  const longPath = 'x'.repeat(500)
  for (let batch = 0; batch < 20; batch++) {
    const answers = Array.from({ length: 100 }, () => fetch(`${web.url}/${longPath}`, { headers: JSON_ }))
    for (const answer of await Promise.all(answers)) await answer.arrayBuffer()
  }

  let text = ''
  await until('the lost lines are counted', () => {
    text += pipe.read()
    return text.includes('droppedLines')
  })
  const lines = text
    .slice(text.indexOf('{'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const written = lines.filter(({ msg }) => msg === 'request').length
  const [{ droppedLines, level }] = lines.filter((line) => 'droppedLines' in line)
  expect(level).toBe(40)
  expect(droppedLines).toBeGreaterThan(0)
  expect(written + droppedLines).toBe(2000)
  await web.stop()
  pipe.close()
})

test('the release step succeeds and ends with its output on a full disk', async () => {
  const result = await runCommand(`${procfileCommand('release')} >/dev/full 2>&1`, {
    DATABASE_URL: database.url,
  })
  expect(result).toMatchObject({ code: 0 })
})
