import type { QueueEvent } from '../queue/QueueWatcher.js'

// What is sent over an event stream: https://html.spec.whatwg.org/multipage/server-sent-events.html

/** A random delay, so that after a restart the browsers don't all reconnect at the same moment. */
const RETRY_MS = { min: 500, max: 2_000 }

export function event(name: string, data: object, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

export function changeEvent({ version, length }: QueueEvent): string {
  return event('queue', { version, length }, version)
}

/** Whether Postgres can be reached. No id: the queue itself has not changed. */
export function currentEvent(current: boolean): string {
  return event('current', { current })
}

export function retryIn(): string {
  return `retry: ${Math.round(RETRY_MS.min + Math.random() * (RETRY_MS.max - RETRY_MS.min))}\n`
}
