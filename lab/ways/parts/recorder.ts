import { AsyncLocalStorage } from 'node:async_hooks'
import { connect } from 'node:net'
import type { Action, WayEvent } from '../../record/events.js'
import { settings } from './settings.js'
import { versionIn } from './versionIn.js'

interface Recorded<T> {
  readonly result: T
  /** The version that was found or made. If it is missing, the version that was sent counts. */
  readonly version?: number | null
  readonly isRefused?: boolean
}

const requests = new AsyncLocalStorage<string>()
// One line of JSON for each event. Lines that were written before a kill still arrive.
const output = settings.recorderPort === undefined ? undefined : connect(settings.recorderPort, '127.0.0.1')
output?.on('error', () => {}) // the lab has ended; its guard ends this process too

/** Runs `work` so that everything it starts is recorded under this request. */
export function inRequest(id: string, work: () => void): void {
  requests.run(id, work)
}

/** Runs an operation, and records what it was, how it ended, and which line of the way called it. */
export async function record<T>(action: Action, act: () => Promise<Recorded<T>>, sent?: string): Promise<T> {
  const line = output ? callingLine(new Error().stack) : 0
  const sentAtMs = nowMs()
  const writeEvent = (outcome: WayEvent['outcome'], version: number | null): void => {
    const request = requests.getStore() ?? ''
    const { processName } = settings
    write({ process: processName, request, action, outcome, version, sentAtMs, atMs: nowMs(), line })
  }
  try {
    const { result, version = versionIn(sent), isRefused = false } = await act()
    writeEvent(isRefused ? 'refused' : 'done', version)
    return result
  } catch (error) {
    writeEvent('failed', versionIn(sent))
    throw error
  }
}

function write(event: WayEvent): void {
  output?.write(`${JSON.stringify(event)}\n`)
}

function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** The first line of the stack that is in the way's own file. */
function callingLine(stack = ''): number {
  const [, line] = /\/ways\/\w+\.ts:(\d+)/.exec(stack) ?? []
  return Number(line ?? 0)
}
