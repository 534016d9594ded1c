import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './log.js'

const FIRST_RESTART_MS = 100
const LONGEST_RESTART_MS = 5_000
/** Whoever lived this long did not die of starting. */
const LONG_LIFE_MS = 30_000
/** A web process gives up what is in flight after 8 s; the contract promises an end within 10. */
const STOP_DEADLINE_MS = 9_000

// Every worker accepts its own connections. Node's default hands them out from the first process, and one that was on
// its way to a worker that dies is never answered and never closed: the first process goes on holding it.
cluster.schedulingPolicy = cluster.SCHED_NONE

/**
 * Runs this program as several web processes behind one port, and another in the place of one that ends. A signal to
 * end goes to all of them; should this process be killed, Node ends them.
 */
export async function runWorkers(count: number, log: Logger): Promise<never> {
  const stopped = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopAll(stopped))

  // The first alone: what keeps one from starting, such as a port that is taken, is said once.
  const first = cluster.fork()
  if (!(await hasStarted(first))) process.exit(stopped.signal.aborted ? 0 : 1)
  const keep = (worker: Worker) => keepRunning(worker, stopped.signal, log)
  const others = Array.from({ length: count - 1 }, () => keep(cluster.fork()))
  await Promise.all([keep(first), ...others])
  process.exit(0)
}

async function hasStarted(worker: Worker): Promise<boolean> {
  const listening = once(worker, 'listening').then(() => true)
  return await Promise.race([listening, once(worker, 'exit').then(() => false)])
}

/** Resolves once all is to end and this worker, or who took its place, has. */
async function keepRunning(first: Worker, stopped: AbortSignal, log: Logger): Promise<void> {
  let worker = first
  let restartMs = FIRST_RESTART_MS
  while (!stopped.aborted) {
    const startedAtMs = performance.now()
    const [code, signal] = await once(worker, 'exit')
    if (stopped.aborted) return
    log.error({ code, signal }, `a web process ended; another starts in ${restartMs} ms`)
    await delay(restartMs, undefined, { signal: stopped }).catch(() => {}) // aborted: nothing starts any more
    if (stopped.aborted) return
    const wasLong = performance.now() - startedAtMs > LONG_LIFE_MS
    restartMs = wasLong ? FIRST_RESTART_MS : Math.min(restartMs * 2, LONGEST_RESTART_MS)
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
