import type { StalePage } from '../check/StaleChecker.js'
import type { WayEvent } from '../record/events.js'
import type { Recorder } from '../record/Recorder.js'

/** A set may be recorded a moment after its effect is seen. */
const LATE_RECORD_MS = 50
/** How long before the missed write the search for the old page's set begins. */
const LOOK_BACK_MS = 10_000
const MAX_OTHERS = 4

/** What was recorded around a stale page. */
export interface Evidence {
  /** What put the old page into the cache. */
  readonly culprit: WayEvent | undefined
  /** What the missed write did. */
  readonly write: readonly WayEvent[]
  /** All events to show, in the order of time. */
  readonly events: readonly WayEvent[]
}

export function collectEvidence(
  { load, write, ageMs }: StalePage,
  recorder: Pick<Recorder, 'between'>,
): Evidence {
  const shown = load.answer.page.version
  const beganMs = load.startedAtMs - ageMs - LOOK_BACK_MS
  const recorded = recorder.between(beganMs, load.endedAtMs + LATE_RECORD_MS)
  const culprit = recorded.findLast(
    ({ action, version, atMs }) => action === 'set' && version === shown && atMs < load.endedAtMs,
  )
  const requests = new Set([load.request, write.request, culprit?.request])
  // The first of those who changed the cache in between: without them the diagram has a gap.
  const others = recorded
    .filter(({ request, action, outcome, sentAtMs }) => {
      const changes = (action === 'set' || action === 'delete') && outcome === 'done'
      return changes && !requests.has(request) && sentAtMs > (culprit?.sentAtMs ?? load.startedAtMs)
    })
    .slice(0, MAX_OTHERS)
  const own = recorded.filter(({ request }) => requests.has(request))
  const events = [...own, ...others]
    .filter((event) => momentOf(event) < load.endedAtMs)
    .sort((a, b) => momentOf(a) - momentOf(b))
  return { culprit, write: recorded.filter(({ request }) => request === write.request), events }
}

/** A query returns what was there when it was sent. A write has happened when it is answered. */
export function momentOf({ action, sentAtMs, atMs }: WayEvent): number {
  return action === 'load' ? sentAtMs : atMs
}
