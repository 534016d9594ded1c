import { AsyncLocalStorage } from 'node:async_hooks'
import { connect } from 'node:net'
import type { Action, WayEvent } from '../../record/events.js'
import { settings } from './settings.js'
import { versionIn } from './versionIn.js'

interface Recorded<T> {
  readonly result: T
  /** What was found or made; if it is left out, what was sent counts. */
  readonly version?: number | null
  readonly isRefused?: boolean
}

const requests = new AsyncLocalStorage<string>()
// One line of JSON for each event. What was written before a kill still arrives.
const output = settings.recorderPort === undefined ? undefined : connect(settings.recorderPort, '127.0.0.1')
output?.on('error', () => {}) // the lab has ended; its guard ends this process too

/** Everything that `work` starts belongs to this request. */
export function inRequest(id: string, work: () => void): void {
  requests.run(id, work)
}

/** Does something, and records what it was, how it ended, and which line of the way asked for it. */
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

/** The first line of the stack that is in a way itself, and not in its parts. */
function callingLine(stack = ''): number {
  const [, line] = /\/ways\/\w+\.ts:(\d+)/.exec(stack) ?? []
  return Number(line ?? 0)
}
