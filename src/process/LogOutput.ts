import { writeSync } from 'node:fs'

/** Lines beyond this are dropped, so memory stays bounded. */
const MAX_WAITING_BYTES = 1024 * 1024
const RETRY_MS = 50
/** How long a slow reader may take for the last lines at exit. */
const EXIT_FLUSH_MS = 250
const EXIT_RETRY_MS = 10
const NEWLINE = Buffer.from('\n')
/** The reader is busy: try again. Any other error (ENOSPC, EPIPE, EIO) loses the line. */
const BUSY_CODES = new Set(['EAGAIN', 'EBUSY', 'EINTR'])

type OutputStream = NodeJS.WriteStream & { readonly fd: number }

/** Makes writes to a pipe, a socket or a terminal fail at once if its buffer is full. A file never blocks. */
export function neverBlock(stream: NodeJS.WriteStream): void {
  // Node opens pipes non-blocking, but terminals blocking, and has no public way to change that.
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
  handle?.setBlocking?.(false)
}

/**
 * Writes lines to stdout and never waits. Lines that the reader doesn't take at once are kept and tried again; lines that
 * can't be written at all are dropped and counted.
 *
 * Pino's own output (SonicBoom) would wait: in synchronous mode for the reader, and in asynchronous mode at exit, because
 * `process.exit` waits for the thread of a blocked write.
 */
export class LogOutput {
  readonly #stream: OutputStream
  readonly #onRecovered: (droppedLines: number) => void
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  #droppedLines = 0
  /** The first waiting line has been written in part. */
  #isBegun = false
  /** The last line was lost half way, so the next one needs a line feed before it. */
  #isTorn = false
  #retry: NodeJS.Timeout | undefined

  /** @param onRecovered called with the number of dropped lines when lines can be written again */
  constructor(stream: OutputStream, onRecovered: (droppedLines: number) => void) {
    this.#stream = stream
    this.#onRecovered = onRecovered
    process.once('exit', () => this.#flushAtExit())
  }

  /** @param line ends with a line feed */
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
        // Unreferenced, so that it doesn't keep the program alive.
        this.#retry ??= setInterval(() => this.#flush(), RETRY_MS).unref()
        return
      }
    }
    clearInterval(this.#retry)
    this.#retry = undefined
  }

  /** Writes as much of the first line as the reader takes. */
  #writeFirst(line: Buffer): 'busy' | 'written' | 'lost' {
    const bytes = this.#isTorn && !this.#isBegun ? Buffer.concat([NEWLINE, line]) : line
    try {
      // Before each write, because a program that shares the pipe may have made it blocking (Node does so when it exits).
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
    if (this.#waiting.length === 0) this.#reportRecovered()
    return 'written'
  }

  #replaceFirst(line: Buffer, rest?: Buffer): void {
    this.#waitingBytes -= line.length
    if (rest?.length) {
      this.#waiting[0] = rest
      this.#waitingBytes += rest.length
    } else this.#waiting.shift()
  }

  #reportRecovered(): void {
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
