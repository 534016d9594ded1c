import type { StalePage } from '../check/StaleChecker.js'
import type { WayEvent } from '../record/events.js'
import { type Evidence, momentOf } from './evidence.js'

export interface Verdict {
  /** What made the page stale; undefined if the record does not show it. */
  readonly event: WayEvent | undefined
  readonly sentence: string
}

const UNEXPLAINED: Verdict = {
  event: undefined,
  sentence: 'The record does not show what put the old page there.',
}

/** Which step made the page stale, and why, in a sentence. */
export function judge(stale: StalePage, evidence: Evidence): Verdict {
  return failedWrite(stale, evidence) ?? untouched(stale, evidence) ?? lateSet(stale, evidence) ?? UNEXPLAINED
}

/** The write could not change the cache, and was answered all the same. */
function failedWrite({ write }: StalePage, evidence: Evidence): Verdict | undefined {
  const event = evidence.write.find(({ outcome }) => outcome === 'failed')
  if (!event) return undefined
  const tried =
    event.action === 'delete' ? 'delete the old page' : `put version ${write.answer.version} there`
  const sentence = `Process ${event.process} could not ${tried}, and answered its visitor all the same. The old page stayed in memcached.`
  return { event, sentence }
}

/** The write did not change the cache. */
function untouched({ load }: StalePage, { culprit, write }: Evidence): Verdict | undefined {
  if (write.some(({ action }) => action === 'set' || action === 'delete')) return undefined
  const sentence = `The write did not touch the cache: version ${load.answer.page.version} stays there until it expires.`
  return { event: culprit, sentence }
}

/** An old page came into the cache after a newer one had been committed. */
function lateSet({ load, write }: StalePage, { culprit, events }: Evidence): Verdict | undefined {
  const commit = events.find(({ action, request }) => action === 'commit' && request === write.request)
  if (!culprit || !commit || culprit.atMs < commit.atMs) return undefined
  const source = events.find(({ action, request }) => action === 'load' && request === culprit.request)
  const before =
    source && momentOf(source) < commit.atMs ? ` before version ${write.answer.version} was committed` : ''
  const { version: shown } = load.answer.page
  const sentence = `Process ${culprit.process} had loaded version ${shown}${before}, and put it into memcached afterwards. Nobody checked whether it was still the newest.`
  return { event: culprit, sentence }
}
