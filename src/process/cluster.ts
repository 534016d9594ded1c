import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './log.js'

const FIRST_RESTART_MS = 100
const MAX_RESTART_MS = 5_000
/** A process that ran this long started well: if it ends, the next one starts without a longer wait. */
const LONG_RUN_MS = 30_000
/** A web process needs at most 9 s to shut down; the whole program promises 10. */
const STOP_DEADLINE_MS = 9_000

// Each worker accepts its own connections. By default the primary process accepts them and hands them out. A connection
// that is handed to a worker while it dies is then never answered and never closed, because the primary still holds it.
cluster.schedulingPolicy = cluster.SCHED_NONE

/**
 * Runs this program as `count` web processes behind one port. If one ends, another takes its place. SIGTERM and SIGINT
 * go to all of them, and end this process when all have ended. If this process is killed, Node ends the others.
 */
export async function runWorkers(count: number, log: Logger): Promise<never> {
  const stopped = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopAll(stopped))

  // The first starts alone, so that a fault such as a taken port is reported once.
  const first = cluster.fork()
  if (!(await hasStarted(first))) process.exit(stopped.signal.aborted ? 0 : 1)
  const keep = (worker: Worker) => keepRunning(worker, stopped.signal, log)
  const missing = stopped.signal.aborted ? 0 : count - 1
  const others = Array.from({ length: missing }, () => keep(cluster.fork()))
  await Promise.all([keep(first), ...others])
  process.exit(0)
}

async function hasStarted(worker: Worker): Promise<boolean> {
  const listening = once(worker, 'listening').then(() => true)
  return await Promise.race([listening, once(worker, 'exit').then(() => false)])
}

/** Replaces the worker whenever it ends. Resolves when `stopped` is set and the worker has ended. */
async function keepRunning(first: Worker, stopped: AbortSignal, log: Logger): Promise<void> {
  let worker = first
  let restartMs = FIRST_RESTART_MS
  for (;;) {
    const startedAtMs = performance.now()
    const [code, signal] = await once(worker, 'exit')
    if (stopped.aborted) return
    log.error({ code, signal }, `a web process ended; another starts in ${restartMs} ms`)
    await delay(restartMs, undefined, { signal: stopped }).catch(() => {}) // aborted: checked in the next line
    if (stopped.aborted) return
    const ranLong = performance.now() - startedAtMs > LONG_RUN_MS
    restartMs = ranLong ? FIRST_RESTART_MS : Math.min(restartMs * 2, MAX_RESTART_MS)
    worker = cluster.fork()
  }
}

function stopAll(stopped: AbortController): void {
  if (stopped.signal.aborted) return
  stopped.abort()
  const signalAll = (signal: NodeJS.Signals) => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal)
  }
  signalAll('SIGTERM')
  setTimeout(() => signalAll('SIGKILL'), STOP_DEADLINE_MS).unref()
}
