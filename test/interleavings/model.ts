import { attempts, beginOffer, contents, putNeighbours, type Rule, swap, versionIn } from './cache.js'
import { arrive, endLoad, endPublish, learn, needLoad, show } from './process.js'
import { at, copy, type Process, type Reader, type State, type Writer } from './state.js'

export interface Step {
  readonly name: string
  readonly next: State
}

/** Tells of a step that can be taken, and of the process that it changes. */
type Can = (name: string, act: (next: State) => void, changing?: number) => void

/** Every step that somebody can take next: the writers, the readers, their processes, and fate. */
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
    processSteps(state, index, without, can)
  }
  fateSteps(state, without, can)
  return steps
}

function writerSteps(state: State, home: number, index: number, without: Rule | undefined, can: Can): void {
  const { name, stage, offer, version } = at(at(state.processes, home).writers, index)
  const does = (what: string, act: (next: State, process: Process, self: Writer) => void): void =>
    can(
      `${name} ${what}`,
      (next) => act(next, at(next.processes, home), at(at(next.processes, home).writers, index)),
      home,
    )

  if (stage === 'commit') {
    does(`commits ${state.committed + 1}`, (next, _process, self) => {
      next.committed++
      self.version = next.committed
      self.offer = beginOffer(next.committed)
      self.stage = 'offer'
    })
  }
  for (const attempt of offer ? attempts(state, offer, without) : []) {
    does(attempt.name, (next, process, self) => {
      const settled = self.offer && attempt.act(next, self.offer)
      if (!settled) return
      if (settled !== 'absent') return endPublish(next, process, self, settled)
      self.offer = null
      self.stage = needLoad(process, true, without)
    })
  }
  if (state.failuresLeft > 0 && (stage === 'wait for a load' || stage === 'share a load')) {
    does('waits no longer for the load', (next, process, self) => {
      next.failuresLeft--
      endPublish(next, process, self, 'unavailable')
    })
  }
  if (stage === 'wait a lease') {
    const waits = without !== 'wait after an unconfirmed publish'
    does(
      waits ? `answers ${version} a lease later` : `answers ${version} at once`,
      (next, _process, self) => {
        next.answered = Math.max(next.answered, version)
        if (waits) next.leasesEnded = Math.max(next.leasesEnded, version)
        self.stage = 'done'
      },
    )
  }
  if (state.deathsLeft > 0 && stage !== 'commit' && stage !== 'done') {
    does('dies', (next, _process, self) => {
      next.deathsLeft--
      self.offer = null
      self.stage = 'done'
    })
  }
}

function readerSteps(state: State, home: number, index: number, without: Rule | undefined, can: Can): void {
  const { floor, lease, readers } = at(state.processes, home)
  const { name, stage, lookSentAt, arrival } = at(readers, index)
  const does = (what: string, act: (next: State, process: Process, self: Reader) => void): void =>
    can(
      `${name} ${what}`,
      (next) => act(next, at(next.processes, home), at(at(next.processes, home).readers, index)),
      home,
    )

  const arrives = (how: string, then: (process: Process, self: Reader) => void): void =>
    does(`arrives and ${how}`, (next, process, self) => {
      arrive(next, process, self)
      then(process, self)
    })

  if (stage === 'arrive' && without === 'lease') {
    arrives('trusts the cache', (_process, self) => {
      self.stage = 'get'
    })
  } else if (stage === 'arrive') {
    // The background timer may have renewed the lease, or let it run out.
    for (const sentAt of range(Math.max(lease, state.leasesEnded), state.committed)) {
      arrives(`trusts a look sent at ${sentAt}`, (process, self) => {
        learn(process, sentAt, sentAt)
        self.stage = 'get'
      })
    }
    // A look that was sent before may be shared, if that was less than a lease ago.
    for (const sentAt of range(state.leasesEnded, state.committed)) {
      arrives(`waits for a look sent at ${sentAt}`, (_process, self) => {
        self.lookSentAt = sentAt
        self.stage = 'look'
      })
    }
  }
  // The source reads the version at some moment between question and answer.
  for (const version of stage === 'look' ? range(lookSentAt, state.committed) : []) {
    does(`learns that there is ${version}`, (_next, process, self) => {
      learn(process, version, lookSentAt)
      self.lookSentAt = 0
      self.stage = 'get'
    })
  }
  // A version that is on its way while the floor rises may be refused, which is never worse than to show it.
  const found = versionIn(state.cache, without)
  if (stage === 'get' && found > 0 && found >= floor) {
    does(`shows ${found} from the cache`, (next, process, self) => {
      show(next, process, self, found)
      if (state.cache?.owner === 'neighbour') next.broken = `foreign: ${name} is shown the neighbour's queue`
    })
  }
  if (stage === 'get' && (found === 0 || found < floor)) {
    does(`gets ${contents(state.cache)}, which is of no use`, (_next, process, self) => {
      self.stage = needLoad(process, arrival.loadUnderWay, without)
    })
  }
}

function processSteps(state: State, index: number, without: Rule | undefined, can: Can): void {
  const { name, load } = at(state.processes, index)
  for (const attempt of load ? attempts(state, load, without) : []) {
    const act = (next: State): void => {
      const process = at(next.processes, index)
      const settled = process.load && attempt.act(next, process.load)
      if (load?.stage === 'load') learn(process, state.committed, state.committed)
      if (settled) endLoad(next, process, settled, without)
    }
    can(`${name} ${attempt.name}`, act, index)
  }
}

function fateSteps(state: State, without: Rule | undefined, can: Can): void {
  if (state.flushesLeft > 0 && state.cache) {
    const restarts = without === 'tokens end with their server'
    can(restarts ? 'the cache restarts' : 'the cache is flushed', (next) => {
      next.flushesLeft--
      next.cache = null
      if (restarts) next.lastToken = 0
    })
  }
  if (state.neighboursLeft > 0) {
    can('the neighbour overwrites the key', (next) => {
      next.neighboursLeft--
      putNeighbours(next)
    })
  }
  for (const [index, stored] of state.late.entries()) {
    can(`the swap of ${stored.version} that was given up arrives`, (next) => {
      next.late = state.late.filter((_, other) => other !== index)
      swap(next, stored, without)
    })
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset)
}
