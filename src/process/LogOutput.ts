import { writeSync } from 'node:fs'

/** Lines beyond this are dropped, so memory stays bounded. */
const MAX_WAITING_BYTES = 1024 * 1024
/** A pipe takes so much in one piece or not at all, so the lines of two processes that share it never mix. */
const MAX_CHUNK_BYTES = 4096
const RETRY_MS = 50
/** How long a slow reader may take for the last lines at exit. */
const EXIT_FLUSH_MS = 250
const EXIT_RETRY_MS = 10
const NEWLINE = Buffer.from('\n')
/** The reader is busy: try again. Any other error (ENOSPC, EPIPE, EIO) loses the lines. */
const BUSY_CODES = new Set(['EAGAIN', 'EBUSY', 'EINTR'])

type OutputStream = NodeJS.WriteStream & { readonly fd: number }

/** Makes writes to a pipe, a socket or a terminal fail at once if its buffer is full. A file never blocks. */
export function neverBlock(stream: NodeJS.WriteStream): void {
  // Node opens pipes non-blocking, but terminals blocking, and has no public way to change that.
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
  handle?.setBlocking?.(false)
}

/**
 * Writes lines to stdout and never waits. The lines of one turn of the event loop are written together at its end,
 * because a write takes longer than all else of a line. Lines that the reader doesn't take at once are kept and tried
 * again; lines that can't be written at all are dropped and counted.
 *
 * Pino's own output (SonicBoom) would wait: in synchronous mode for the reader, and in asynchronous mode at exit,
 * because `process.exit` waits for the thread of a blocked write.
 */
export class LogOutput {
  readonly #stream: OutputStream
  readonly #onRecovered: (droppedLines: number) => void
  /** Whole lines, joined; the first one may have been written in part. */
  readonly #waiting: Buffer[] = []
  /** The lines that came last. */
  #latest = ''
  #latestBytes = 0
  /** All of them. */
  #waitingBytes = 0
  #droppedLines = 0
  /** A line has been written in part; the rest of it waits first. */
  #isBegun = false
  /** A line was lost half way, so the next one needs a line feed before it. */
  #isTorn = false
  #turn: NodeJS.Immediate | undefined
  #retry: NodeJS.Timeout | undefined

  /** @param onRecovered called with the number of dropped lines when lines can be written again */
  constructor(stream: OutputStream, onRecovered: (droppedLines: number) => void) {
    this.#stream = stream
    this.#onRecovered = onRecovered
    process.once('exit', () => this.#flushAtExit())
  }

  /** @param line ends with a line feed */
  write(line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#droppedLines++
      return
    }
    if (this.#latestBytes + bytes > MAX_CHUNK_BYTES) this.#endChunk()
    this.#latest += line
    this.#latestBytes += bytes
    this.#waitingBytes += bytes
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#flush()
    })
  }

  #endChunk(): void {
    if (this.#latestBytes > 0) this.#waiting.push(Buffer.from(this.#latest))
    this.#latest = ''
    this.#latestBytes = 0
  }

  #flush(): void {
    this.#endChunk()
    for (let chunk = this.#waiting[0]; chunk; chunk = this.#waiting[0]) {
      if (this.#writeFirst(chunk) === 'busy') {
        // Unreferenced, so that it doesn't keep the program alive.
        this.#retry ??= setInterval(() => this.#flush(), RETRY_MS).unref()
        return
      }
    }
    clearInterval(this.#retry)
    this.#retry = undefined
  }

  /** Writes as much of the first chunk as the reader takes. */
  #writeFirst(chunk: Buffer): 'busy' | 'written' | 'lost' {
    const bytes = this.#isTorn && !this.#isBegun ? Buffer.concat([NEWLINE, chunk]) : chunk
    try {
      // Before each write, because a program that shares the pipe may have made it blocking (Node does so when it
      // exits).
      neverBlock(this.#stream)
      const written = writeSync(this.#stream.fd, bytes)
      this.#isTorn = false
      this.#isBegun = bytes[written - 1] !== NEWLINE[0]
      this.#replaceFirst(chunk, bytes.subarray(written))
    } catch (error) {
      if (BUSY_CODES.has(String((error as NodeJS.ErrnoException).code))) return 'busy'
      this.#droppedLines += linesIn(chunk)
      this.#isTorn ||= this.#isBegun
      this.#isBegun = false
      this.#replaceFirst(chunk)
      return 'lost'
    }
    if (this.#waiting.length === 0) this.#reportRecovered()
    return 'written'
  }

  #replaceFirst(chunk: Buffer, rest?: Buffer): void {
    this.#waitingBytes -= chunk.length
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

function linesIn(chunk: Buffer): number {
  return chunk.toString('latin1').split('\n').length - 1
}
