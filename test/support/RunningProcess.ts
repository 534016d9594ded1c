import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { OrphanGuard } from './OrphanGuard.js'
import { until } from './poll.js'
import { isRunning, processTree, signalTree } from './processTree.js'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly shell?: boolean
  readonly uid?: number
  readonly gid?: number
}

const SHOWN_LINES = 20
const OUTPUT_DEADLINE_MS = 1000

/** A program started by a test. It ends with the test run at the latest, even if that crashes. */
export class RunningProcess {
  /** What it wrote on standard output and standard error, in the order in which it came. */
  readonly lines: string[] = []
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  /** Settles when it has ended and all it wrote has been read. */
  readonly exited: Promise<Exit>
  readonly #name: string
  readonly #child: ChildProcess
  #hasExited = false

  /** Starts a program. Without a guard it gets one of its own. */
  static async start(
    command: string,
    args: readonly string[],
    options: ProcessOptions,
    guard?: OrphanGuard,
  ): Promise<RunningProcess> {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    await once(child, 'spawn')
    return new RunningProcess(command, child, guard)
  }

  private constructor(name: string, child: ChildProcess, guard: OrphanGuard | undefined) {
    this.#name = name
    this.#child = child
    collectLines(child.stdout, this.stdout, this.lines)
    collectLines(child.stderr, this.stderr, this.lines)
    const ownGuard = guard ?? new OrphanGuard()
    ownGuard.watch(this.pid)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#hasExited = true
        if (guard) guard.watch(undefined)
        else ownGuard.release()
        child.once('close', () => resolve({ code, signal }))
        // A child process that still runs may keep its output open for ever. One more turn reads what has come while
        // this process was busy.
        setTimeout(() => setImmediate(resolve, { code, signal }), OUTPUT_DEADLINE_MS).unref()
      })
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.#name} was never started`)
    return pid
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** Waits until it can be used. If that never happens, ends it and fails with its last lines. */
  async ready(condition: () => Promise<boolean>, deadlineMs = 30_000): Promise<void> {
    try {
      await until(`${this.#name} is ready`, async () => this.#hasExited || (await condition()), deadlineMs)
      if (this.#hasExited)
        throw new Error(`${this.#name} ended at once: ${JSON.stringify(await this.exited)}`)
    } catch (error) {
      await this.kill()
      throw new Error([String(error), ...this.lines.slice(-SHOWN_LINES)].join('\n'), { cause: error })
    }
  }

  /** Sends a signal to it, and not to the processes that it started. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Stops it and its descendants (SIGSTOP). */
  pause(): void {
    if (!this.#hasExited) signalTree(this.pid, 'SIGSTOP')
  }

  resume(): void {
    if (!this.#hasExited) signalTree(this.pid, 'SIGCONT')
  }

  /** `kill -9`, for it and its descendants. Resolves when they have ended. */
  async kill(): Promise<Exit> {
    if (this.#hasExited) return this.exited
    const members = processTree(this.pid)
    signalTree(this.pid, 'SIGKILL')
    await until(`${this.#name} is gone after SIGKILL`, () => !members.some(isRunning))
    return this.exited
  }

  /** Asks it to end and waits; `kill -9` after the deadline. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 12_000): Promise<Exit> {
    this.resume()
    this.signal(signal)
    const late = sleep(deadlineMs, undefined, { ref: false })
    return (await Promise.race([this.exited, late])) ?? this.kill()
  }
}

function collectLines(stream: Readable | null, ...into: string[][]): void {
  if (!stream) return
  createInterface({ input: stream }).on('line', (line) => {
    for (const lines of into) lines.push(line)
  })
}
