import { closeSync, openSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LogOutput } from '../../src/process/LogOutput.js'
import { Fifo } from '../support/Fifo.js'
import { until } from '../support/poll.js'
import { folder, useFolder } from '../support/useFolder.js'

const LINE_BYTES = 1000
const LINES = 4000

let pipe: Fifo
let full: number
/** Where the output goes at the moment: to the pipe at first. */
let stream: { fd: number }
let told: number[]
let output: LogOutput

useFolder()

beforeEach(() => {
  pipe = new Fifo(path.join(folder, 'fifo'))
  full = openSync('/dev/full', 'w')
  told = []
  stream = { fd: pipe.fd }
  output = new LogOutput(stream as NodeJS.WriteStream & { fd: number }, (droppedLines) =>
    told.push(droppedLines),
  )
})

afterEach(() => {
  // What still waits is lost from now on. It would go to whatever gets the number of the pipe: a later test's connection.
  stream.fd = -1
  pipe.close()
  closeSync(full)
})

test('keeps 1 MiB of lines while nobody reads, drops the others, and says once how many', async () => {
  const lines = Array.from({ length: LINES }, (_, number) => `${number} `.padEnd(LINE_BYTES - 1, '.'))
  for (const line of lines) await write([line])
  expect(told).toEqual([])

  let received = ''
  await until('the number of dropped lines is told', () => {
    received += pipe.read()
    return told.length > 0
  })
  received += pipe.read()
  const kept = received.split('\n').slice(0, -1)
  expect(kept).toEqual(lines.slice(0, kept.length))
  expect(kept.length).toBeGreaterThan((1024 * 1024) / LINE_BYTES)
  expect(kept.length).toBeLessThan(LINES / 2)
  expect(told).toEqual([LINES - kept.length])
})

test('lines for which a pipe had no room are written when it has, each time, even if no other line comes', async () => {
  for (const last of ['first end', 'second end']) {
    await write([...Array(200).fill('.'.repeat(LINE_BYTES)), last])
    let received = ''
    await until(`the ${last} is written`, () => {
      received += pipe.read()
      return received.endsWith(`${last}\n`)
    })
  }
  expect(told).toEqual([])
})

test('the rest of a line that was written in part counts to what is kept', async () => {
  await write(['x'.repeat(900_000)]) // a pipe takes a part of it
  await write(Array(400).fill('.'.repeat(LINE_BYTES - 1)))
  await until('some were dropped', () => {
    pipe.read()
    return told.length > 0
  })
})

test('lines that wait are written when the program ends', () => {
  output.write('last words\n')
  process.listeners('exit').at(-1)?.call(process, 0) // the output's own, and not those of Jest
  expect(pipe.read()).toBe('last words\n')
})

test('drops what a full disk does not take, and says once how much when there is room again', async () => {
  await write(['before'])
  stream.fd = full
  await write(Array(10).fill('lost'))
  stream.fd = pipe.fd
  await write(['written', 'written too'])
  expect(pipe.read()).toBe('before\nwritten\nwritten too\n')
  expect(told).toEqual([10])
})

test('begins a new line after one that was cut off', async () => {
  await write(['x'.repeat(100_000)]) // longer than a pipe is
  expect(pipe.read()).toMatch(/^x+$/)
  stream.fd = full
  await write(['lost'])
  stream.fd = pipe.fd
  await write(['whole', 'whole too'])
  await write(['next'])
  expect(pipe.read()).toBe('\nwhole\nwhole too\nnext\n')
  expect(told).toEqual([2])
})

test('never writes a line in two parts, so that processes may share a pipe', async () => {
  // More than a pipe holds, and 17 of them have a byte more than it takes in one piece.
  await write(Array(2000).fill('.'.repeat(240)))
  expect(pipe.read()).toMatch(/^(\.{240}\n)+$/)
})

test('the lines of one turn are there when it is over, in their order', async () => {
  await write(['one', 'two', 'three'])
  expect(pipe.read()).toBe('one\ntwo\nthree\n')
})

/** Writes these lines in one turn of the event loop. */
async function write(lines: readonly string[]): Promise<void> {
  for (const line of lines) output.write(`${line}\n`)
  await nextTurn()
}
