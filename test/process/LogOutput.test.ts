import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { LogOutput } from '../../src/process/LogOutput.js'
import { until } from '../support/poll.js'

const LINE_BYTES = 1000
const LINES = 4000

let folder: string
let pipe: number
let full: number
/** Where the output goes at the moment. */
let target: number
let told: number[]
let output: LogOutput

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'queue-log-'))
  const fifo = path.join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  pipe = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
  full = openSync('/dev/full', 'w')
  told = []
  const stream = {
    get fd() {
      return target
    },
  } as unknown as NodeJS.WriteStream & { fd: number }
  output = new LogOutput(stream, (droppedLines) => told.push(droppedLines))
})

afterEach(async () => {
  read() // so that nothing is left for the end of the process
  closeSync(pipe)
  closeSync(full)
  await rm(folder, { recursive: true })
})

test('keeps 1 MiB of lines while nobody reads, drops the others, and says once how many', async () => {
  target = pipe
  const lines = Array.from({ length: LINES }, (_, number) => `${number} `.padEnd(LINE_BYTES - 1, '.'))
  for (const line of lines) output.write(`${line}\n`)
  expect(told).toEqual([])

  let received = ''
  await until('the number of dropped lines is told', () => {
    received += read()
    return told.length > 0
  })
  received += read()
  const kept = received.split('\n').slice(0, -1)
  expect(kept).toEqual(lines.slice(0, kept.length))
  expect(kept.length).toBeGreaterThan((1024 * 1024) / LINE_BYTES)
  expect(kept.length).toBeLessThan(LINES / 2)
  expect(told).toEqual([LINES - kept.length])
})

test('drops what a full disk does not take, and says once how much when there is room again', () => {
  target = full
  for (let i = 0; i < 10; i++) output.write('lost\n')
  target = pipe
  output.write('written\n')
  output.write('written too\n')
  expect(read()).toBe('written\nwritten too\n')
  expect(told).toEqual([10])
})

test('begins a new line after one that was cut off', () => {
  target = pipe
  output.write(`${'x'.repeat(100_000)}\n`) // longer than a pipe is
  expect(read()).toMatch(/^x+$/)
  target = full
  output.write('lost\n')
  target = pipe
  output.write('whole\n')
  output.write('whole too\n')
  expect(read()).toBe('\nwhole\nwhole too\n')
  expect(told).toEqual([2])
})

/** All that is in the pipe. */
function read(): string {
  const chunk = Buffer.alloc(1024 * 1024)
  let text = ''
  try {
    for (;;) text += chunk.toString('utf8', 0, readSync(pipe, chunk))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
  return text
}
