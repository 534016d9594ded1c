import {
  attempts,
  beginPublish,
  contents,
  type Place,
  placeOf,
  putNeighbours,
  type Rule,
  swap,
  touches,
  versionIn,
} from './cache.js'
import { arrive, endLoad, endPublish, learn, needLoad, show } from './process.js'
import { at, copy, type Reader, type State, type Writer } from './state.js'

interface Step {
  readonly name: string
  readonly next: State
}

/** Called with a step that can be taken, and with the process that it changes. */
type Can = (name: string, act: (next: State) => void, changing?: number) => void

/** Every step that can be taken next: by the writers, the readers and their processes, or as a fault. */
export function stepsFrom(state: State, without?: Rule): Step[] {
  const steps: Step[] = []
  const can: Can = (name, act, changing) => {
    const next = copy(state, changing)
    act(next)
    steps.push({ name, next })
  }
  for (const [index, process] of state.processes.entries()) {
    for (const writer of process.writers.keys()) writerSteps(state, index, writer, without, can)
    for (const reader of process.readers.keys()) readerSteps(state, index, reader, without, can)
    for (const key of process.keys.keys()) loadSteps(state, index, key, without, can)
  }
  faultSteps(state, without, can)
  return steps
}

function writerSteps(state: State, home: number, index: number, without: Rule | undefined, can: Can): void {
  const { name, key, stage, publish, version } = at(at(state.processes, home).writers, index)
  const here = placeOf(state, home, key)
  const does = (what: string, act: (next: Place, self: Writer) => void): void =>
    can(
      `${name} ${what}`,
      (next) => act(placeOf(next, home, key), at(at(next.processes, home).writers, index)),
      home,
    )

  if (stage === 'commit') {
    does(`commits ${here.value.committed + 1}`, ({ value }, self) => {
      value.committed++
      self.version = value.committed
      self.publish = beginPublish(value.committed)
      self.stage = 'publish'
    })
  }
  for (const attempt of publish ? attempts(here, publish, without) : []) {
    does(attempt.name, (next, self) => {
      const result = self.publish && attempt.act(next, self.publish)
      if (!result) return
      if (result !== 'absent') return endPublish(next, self, result)
      self.publish = null
      self.stage = needLoad(next.known, true, without)
    })
  }
  if (state.failuresLeft > 0 && (stage === 'wait for a load' || stage === 'share a load')) {
    does('waits no longer for the load', (next, self) => {
      next.state.failuresLeft--
      endPublish(next, self, 'unavailable')
    })
  }
  if (stage === 'wait a lease') {
    const waits = without !== 'wait after an unconfirmed publish'
    does(waits ? `answers ${version} a lease later` : `answers ${version} at once`, ({ value }, self) => {
      value.answered = Math.max(value.answered, version)
      if (waits) value.leasesEnded = Math.max(value.leasesEnded, version)
      self.stage = 'done'
    })
  }
  if (state.deathsLeft > 0 && stage !== 'commit' && stage !== 'done') {
    does('dies', (next, self) => {
      next.state.deathsLeft--
      self.publish = null
      self.stage = 'done'
    })
  }
}

function readerSteps(state: State, home: number, index: number, without: Rule | undefined, can: Can): void {
  const { name, key, stage, checkSentAt, arrival } = at(at(state.processes, home).readers, index)
  const here = placeOf(state, home, key)
  const { value, known } = here
  const does = (what: string, act: (next: Place, self: Reader) => void): void =>
    can(
      `${name} ${what}`,
      (next) => act(placeOf(next, home, key), at(at(next.processes, home).readers, index)),
      home,
    )
  const arrives = (how: string, then: (next: Place, self: Reader) => void): void =>
    does(`arrives and ${how}`, (next, self) => {
      arrive(next, self)
      then(next, self)
    })
  const goesOn = (_next: Place, self: Reader): void => {
    self.stage = 'get'
  }

  if (stage === 'arrive' && without === 'lease') {
    arrives('trusts the cache', goesOn)
  } else if (stage === 'arrive') {
    if (without === 'a lease is for one key' && holdsAnotherLease(state, home, key))
      arrives('trusts a check of another key', goesOn)
    // The background timer may have renewed the lease, or let it run out.
    for (const sentAt of range(Math.max(known.lease, value.leasesEnded), value.committed)) {
      arrives(`trusts a check sent at ${sentAt}`, (next, self) => {
        learn(next.known, sentAt, sentAt)
        self.stage = 'get'
      })
    }
    // An earlier check may be shared, if it was sent less than a lease ago.
    for (const sentAt of range(value.leasesEnded, value.committed)) {
      arrives(`waits for a check sent at ${sentAt}`, (_next, self) => {
        self.checkSentAt = sentAt
        self.stage = 'check'
      })
    }
  }
  // The source reads the version at some moment between query and answer.
  for (const version of stage === 'check' ? range(checkSentAt, value.committed) : []) {
    does(`learns that there is ${version}`, (next, self) => {
      learn(next.known, version, checkSentAt)
      self.checkSentAt = 0
      self.stage = 'get'
    })
  }
  if (stage !== 'get') return
  // If the minimum rises while a version is on its way, that version may be refused. That is never worse than to show
  // it.
  const found = versionIn(value.cache, without)
  if (found > 0 && found >= known.minVersion) {
    does(`shows ${found} from the cache`, (next, self) => {
      next.known.latest = { version: found, token: value.cache?.token ?? 0 }
      show(next.state, next.known, self, found)
      if (value.cache?.owner === 'neighbour')
        next.state.broken = `foreign: ${name} is shown the neighbour's queue`
    })
  } else {
    does(`gets ${contents(value.cache)}, which is of no use`, (next, self) => {
      self.stage = needLoad(next.known, arrival.loadUnderWay, without)
    })
  }
  // A touch that finds another token is followed by a get, which says everything that the touch says.
  const latest = known.latest?.version ?? 0
  if (touches(here, without) && latest >= known.minVersion)
    does(`touches the entry and shows ${latest}`, (next, self) => show(next.state, next.known, self, latest))
}

function holdsAnotherLease({ processes, values }: State, home: number, key: number): boolean {
  return at(processes, home).keys.some(
    ({ lease }, other) => other !== key && lease >= at(values, other).leasesEnded,
  )
}

function loadSteps(state: State, home: number, key: number, without: Rule | undefined, can: Can): void {
  const here = placeOf(state, home, key)
  const { load } = here.known
  for (const attempt of load ? attempts(here, load, without) : []) {
    const act = (next: State): void => {
      const place = placeOf(next, home, key)
      const result = place.known.load && attempt.act(place, place.known.load)
      if (load?.stage === 'load') learn(place.known, here.value.committed, here.value.committed)
      if (result) endLoad(place, at(next.processes, home), key, result, without)
    }
    can(`${at(state.processes, home).name} ${attempt.name}`, act, home)
  }
}

function faultSteps(state: State, without: Rule | undefined, can: Can): void {
  if (state.flushesLeft > 0 && state.values.some(({ cache }) => cache)) {
    const restarts = without === 'tokens end with their server'
    can(restarts ? 'the cache restarts' : 'the cache is flushed', (next) => {
      next.flushesLeft--
      for (const value of next.values) {
        value.cache = null
        if (restarts) value.lastToken = 0
      }
    })
  }
  if (state.neighboursLeft > 0) {
    can('the neighbour overwrites the key', (next) => {
      next.neighboursLeft--
      putNeighbours(at(next.values, 0))
    })
  }
  for (const [key, { late }] of state.values.entries()) {
    for (const [index, stored] of late.entries()) {
      can(`the swap of ${stored.version} that was given up arrives`, (next) => {
        const value = at(next.values, key)
        value.late = late.filter((_, other) => other !== index)
        swap(value, stored, without)
      })
    }
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset)
}
