import { violationsIn } from './check.js'
import type { Entry, Item, Page } from './history.js'

let clockMs = 0
beforeEach(() => {
  clockMs = 0
})

const milk = { id: 1, text: 'milk' }
const tea = { id: 2, text: 'tea' }
const bread = { id: 3, text: 'bread' }

/** One request after another, each 10 ms long, if an entry has no other times. */
function asked(process = 'web 1') {
  clockMs += 20
  return { phase: 'made up', process, startedAtMs: clockMs - 10, endedAtMs: clockMs }
}

function add(item: Item, version: number, length: number): Entry {
  return { ...asked(), kind: 'add', text: item.text, answer: { item, version, length } }
}

function remove(item: Item | null, version: number, length: number): Entry {
  return { ...asked(), kind: 'remove', answer: { item, version, length } }
}

function unansweredAdd(text: string): Entry {
  return { ...asked(), kind: 'add', text, failure: { reason: 'no answer' } }
}

function unansweredRemove(): Entry {
  return { ...asked(), kind: 'remove', failure: { reason: 'no answer' } }
}

interface Circumstances {
  readonly process?: string
  readonly current?: boolean
  readonly cacheStatus?: string
  readonly page?: Partial<Page>
}

function load(version: number, items: Item[], circumstances: Circumstances = {}): Entry {
  const { process, current = true, cacheStatus = 'hit', page = {} } = circumstances
  const answer = { page: { version, items, length: items.length, next: null, ...page }, current, cacheStatus }
  return { ...asked(process), kind: 'load', after: 0, answer }
}

function columns(history: Entry[]): string[] {
  return [...new Set(violationsIn(history).map(({ column }) => column))]
}

describe('a history without a fault passes', () => {
  it('when adds, removes and loads follow one another', () => {
    const history = [
      remove(null, 1, 0),
      load(1, []),
      add(milk, 2, 1),
      load(2, [milk]),
      add(tea, 3, 2),
      add(bread, 4, 3),
      load(4, [milk, tea, bread], { process: 'web 2' }),
      remove(milk, 5, 2),
      load(5, [tea, bread]),
      remove(tea, 6, 1),
      remove(bread, 7, 0),
      load(7, []),
    ]
    expect(violationsIn(history)).toEqual([])
  })

  it('when a page is shorter than the queue and the next one goes on', () => {
    const next = { ...load(4, [bread], { page: { length: 3 } }), after: 2 } as Entry
    const front = load(4, [milk, tea], { page: { length: 3, next: '/?after=2' } })
    expect(violationsIn([add(milk, 2, 1), add(tea, 3, 2), add(bread, 4, 3), front, next])).toEqual([])
  })

  it('when writes without an answer have happened', () => {
    const history = [add(milk, 2, 1), unansweredRemove(), unansweredAdd('tea'), load(4, [tea])]
    expect(violationsIn(history)).toEqual([])
  })

  it('when writes without an answer have not happened', () => {
    const history = [add(milk, 2, 1), unansweredRemove(), unansweredAdd('tea'), load(2, [milk])]
    expect(violationsIn(history)).toEqual([])
  })

  it('when a load overlaps the write that it doesn’t show', () => {
    const before = add(milk, 2, 1)
    const write = add(tea, 3, 2)
    const overlapping = { ...load(2, [milk]), startedAtMs: write.endedAtMs - 1 }
    expect(violationsIn([before, write, overlapping])).toEqual([])
  })

  it('when a page that says so is the last one known', () => {
    const lastKnown = load(2, [milk], { current: false, process: 'web 2' })
    expect(violationsIn([add(milk, 2, 1), add(tea, 3, 2), lastKnown])).toEqual([])
  })

  it('when a process without its cache is ahead of the others for less than a lease', () => {
    const before = add(milk, 2, 1)
    const write = add(tea, 3, 2)
    const early = load(3, [milk, tea], {
      process: 'web 2',
      cacheStatus: 'fwd=bypass; detail=cache-unavailable',
    })
    const late = load(2, [milk])
    const history = [before, { ...write, endedAtMs: late.endedAtMs }, early, late]
    expect(violationsIn(history)).toEqual([])
  })
})

describe('fresh', () => {
  it('finds a load that doesn’t show a write answered before it', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), load(2, [milk])]
    expect(columns(history)).toEqual(['stale'])
  })

  it('finds it when another process has answered the load', () => {
    const history = [add(milk, 2, 1), remove(milk, 3, 0), load(2, [milk], { process: 'web 2' })]
    expect(columns(history)).toEqual(['stale'])
  })
})

describe('one history', () => {
  it('finds two contents of one version', () => {
    const history = [add(milk, 2, 1), load(2, [milk]), load(2, [], { process: 'web 2' })]
    expect(columns(history)).toContain('conflicts')
  })

  it('finds two writes with one version', () => {
    const twice = { ...add(tea, 2, 1), startedAtMs: 0 }
    expect(columns([add(milk, 2, 1), twice])).toContain('conflicts')
  })

  it('finds a write that comes before one that was answered before it began', () => {
    const history = [add(tea, 3, 2), add(milk, 2, 1)]
    expect(columns(history)).toContain('conflicts')
  })

  it('finds a load older than one that ended before it began', () => {
    const history = [add(milk, 2, 1), unansweredAdd('tea'), load(3, [milk, tea]), load(2, [milk])]
    expect(columns(history)).toEqual(['went back'])
  })

  it('finds it between processes, if both have their cache', () => {
    const ahead = load(3, [milk, tea], { process: 'web 2' })
    const history = [add(milk, 2, 1), unansweredAdd('tea'), ahead, load(2, [milk])]
    expect(columns(history)).toEqual(['went back'])
  })

  it('finds it when a process without its cache was ahead for longer than a lease', () => {
    const ahead = load(3, [milk, tea], {
      process: 'web 2',
      cacheStatus: 'fwd=bypass; detail=cache-unavailable',
    })
    const history = [add(milk, 2, 1), unansweredAdd('tea'), ahead]
    clockMs += 320
    expect(columns([...history, load(2, [milk])])).toEqual(['went back'])
  })

  it('finds a process that goes back on itself, even in last known pages', () => {
    const pages = [load(3, [milk, tea], { current: false }), load(2, [milk], { current: false })]
    expect(columns([add(milk, 2, 1), unansweredAdd('tea'), ...pages])).toEqual(['went back'])
  })

  it('finds a process that forgets its own write in a last known page', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), load(2, [milk], { current: false })]
    expect(columns(history)).toEqual(['went back'])
  })
})

describe('nothing lost, nothing twice, first in first out', () => {
  it('finds an added item that is gone from the middle', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), add(bread, 4, 3), load(4, [milk, bread])]
    expect(columns(history)).toContain('lost')
  })

  it('finds an added item that is gone from the front', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), load(4, [tea])]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds an added item that is gone from the end', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), load(4, [milk])]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds an added item that never came up', () => {
    expect(columns([add(milk, 2, 1), load(3, [])])).toEqual(['lost'])
  })

  it('finds an item that two removes took', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), remove(milk, 4, 1), remove(milk, 5, 0)]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds an item that came back after it was removed', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), remove(milk, 4, 1), load(5, [milk, tea])]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds a remove that took the second item', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), remove(tea, 4, 1)]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds a queue that was called empty and was not', () => {
    expect(columns([add(milk, 2, 1), remove(null, 3, 0)])).toEqual(['lost'])
  })

  it('finds an add that happened twice', () => {
    const again = { id: 2, text: 'milk' }
    expect(columns([add(milk, 2, 1), load(3, [milk, again])])).toContain('lost')
  })

  it('finds an item that nobody sent', () => {
    expect(columns([load(2, [milk])])).toContain('lost')
  })

  it('finds an item whose text became another', () => {
    const history = [add(milk, 2, 1), unansweredAdd('tea'), load(3, [{ id: 1, text: 'tea' }])]
    expect(columns(history)).toContain('lost')
  })

  it('finds an answered add that is shown before its own version', () => {
    const early = { ...load(2, [milk, tea]), startedAtMs: 0 }
    expect(columns([add(milk, 2, 1), add(tea, 4, 2), early])).toContain('lost')
  })

  it('finds a remove without an answer that happened half: the item is gone and still counted', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), unansweredRemove()]
    expect(columns([...history, load(4, [tea], { page: { length: 2 } })])).toContain('lost')
  })

  it('finds more items gone than removes were sent', () => {
    const history = [add(milk, 2, 1), add(tea, 3, 2), add(bread, 4, 3), unansweredRemove(), load(6, [bread])]
    expect(columns(history)).toEqual(['lost'])
  })

  it('finds a length that fits no queue, on a full page too', () => {
    const full = load(4, [milk, tea], { page: { length: 4, next: '/?after=2' } })
    const history = [add(milk, 2, 1), add(tea, 3, 2), full, add(bread, 5, 3)]
    expect(columns(history)).toContain('lost')
  })
})
