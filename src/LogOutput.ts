import { writeSync } from 'node:fs'

/** What waits for a reader; more than this is dropped, so memory stays bounded. */
const MAX_WAITING_BYTES = 1024 * 1024
const RETRY_MS = 50
/** At exit, a reader that is merely slow gets this long to take the last lines. */
const EXIT_FLUSH_MS = 250
const EXIT_RETRY_MS = 10
const NEWLINE = Buffer.from('\n')
/** Somebody reads, but not right now. Any other error (ENOSPC, EPIPE, EIO) loses the line. */
const BUSY_CODES = new Set(['EAGAIN', 'EBUSY', 'EINTR'])

type OutputStream = NodeJS.WriteStream & { readonly fd: number }

/** Makes writes to a pipe, a socket or a terminal fail at once when nobody takes what is written. A file never waits. */
export function neverBlock(stream: NodeJS.WriteStream): void {
  // Node has no public way: it opens pipes so, but leaves a terminal blocking.
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
  handle?.setBlocking?.(false)
}

/**
 * Writes lines to stdout and never waits: what the reader doesn't take at once is kept and tried again, what can't be
 * written at all is dropped and counted.
 *
 * Pino's own output (SonicBoom) does not fit: its synchronous mode waits for the reader, and in its asynchronous mode a
 * write that blocks holds a thread for which `process.exit` waits.
 */
export class LogOutput {
  readonly #stream: OutputStream
  readonly #onRecovered: (droppedLines: number) => void
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  #droppedLines = 0
  /** The first line that waits has been written in part. */
  #isBegun = false
  /** The last line written was lost half way, so the next one needs a line feed before it. */
  #isTorn = false
  #retry: NodeJS.Timeout | undefined

  /** @param onRecovered hears how many lines were dropped, once lines can be written again */
  constructor(stream: OutputStream, onRecovered: (droppedLines: number) => void) {
    this.#stream = stream
    this.#onRecovered = onRecovered
    process.once('exit', () => this.#flushAtExit())
  }

  /** @param line with its line feed */
  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#droppedLines++
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#flush()
  }

  #flush(): void {
    for (let line = this.#waiting[0]; line; line = this.#waiting[0]) {
      if (this.#writeFirst(line) === 'busy') {
        // Unreferenced: a program that has nothing else to do ends.
        this.#retry ??= setInterval(() => this.#flush(), RETRY_MS).unref()
        return
      }
    }
    clearInterval(this.#retry)
    this.#retry = undefined
  }

  /** Writes as much of the first line as is taken. */
  #writeFirst(line: Buffer): 'busy' | 'written' | 'lost' {
    const bytes = this.#isTorn && !this.#isBegun ? Buffer.concat([NEWLINE, line]) : line
    try {
      // Each time: what shares the pipe may have made it blocking again, as Node itself does when it exits.
      neverBlock(this.#stream)
      const rest = bytes.subarray(writeSync(this.#stream.fd, bytes))
      this.#isTorn = false
      this.#isBegun = rest.length > 0
      this.#replaceFirst(line, rest)
    } catch (error) {
      if (BUSY_CODES.has(String((error as NodeJS.ErrnoException).code))) return 'busy'
      this.#droppedLines++
      this.#isTorn ||= this.#isBegun
      this.#isBegun = false
      this.#replaceFirst(line)
      return 'lost'
    }
    if (this.#waiting.length === 0) this.#tellRecovered()
    return 'written'
  }

  #replaceFirst(line: Buffer, rest?: Buffer): void {
    this.#waitingBytes -= line.length
    if (rest?.length) {
      this.#waiting[0] = rest
      this.#waitingBytes += rest.length
    } else this.#waiting.shift()
  }

  #tellRecovered(): void {
    const droppedLines = this.#droppedLines
    this.#droppedLines = 0
    if (droppedLines > 0) this.#onRecovered(droppedLines)
  }

  #flushAtExit(): void {
    const deadlineMs = performance.now() + EXIT_FLUSH_MS
    const clock = new Int32Array(new SharedArrayBuffer(4))
    for (this.#flush(); this.#waiting.length > 0 && performance.now() < deadlineMs; this.#flush())
      Atomics.wait(clock, 0, 0, EXIT_RETRY_MS)
  }
}
