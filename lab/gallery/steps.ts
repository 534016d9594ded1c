import type { Actor, Did, State } from './model.js'

const CACHE_OPS = new Set(['get', 'set', 'delete', 'compare', 'swap'])

/** Every step that some request can take next. */
export function stepsFrom(state: State): State[] {
  return state.actors.flatMap((actor, index) => {
    const op = actor.ops[actor.position]
    if (!op) return []
    const next = take(state, actor, index)
    const mayFail = state.failuresLeft > 0 && CACHE_OPS.has(op)
    return mayFail ? [next, fail(state, actor, index)] : [next]
  })
}

function take(state: State, actor: Actor, index: number): State {
  const { answered, cache, committed } = state
  const began = { ...actor, answeredBefore: actor.answeredBefore ?? answered }
  const step = (outcome: Did['outcome'], version: number, own: Partial<Actor>, rest: Partial<State> = {}) =>
    advance(state, began, index, { outcome, version, own, rest })
  switch (actor.ops[actor.position]) {
    case 'commit':
      return step('done', committed + 1, { version: committed + 1 }, { committed: committed + 1 })
    case 'load':
      return step('done', committed, { version: committed })
    case 'get':
      return cache
        ? show(step('done', cache.version, { position: actor.ops.length }), began)
        : step('nothing', 0, {})
    case 'set':
      return step('done', actor.version, {}, put(state, actor.version))
    case 'delete':
      return step('done', 0, {}, { cache: undefined })
    case 'compare': {
      const isKept = cache && cache.version >= actor.version
      const position = actor.position + (isKept ? 2 : 1)
      return step(cache ? 'done' : 'nothing', cache?.version ?? 0, { position, token: cache?.token ?? 0 })
    }
    case 'swap':
      return (cache?.token ?? 0) === actor.token
        ? step('done', actor.version, {}, put(state, actor.version))
        : step('refused', actor.version, { position: actor.position - 1 })
    case 'answer':
      return step('done', actor.version, {}, { answered: Math.max(answered, actor.version) })
    default:
      return show(step('done', actor.version, {}), began)
  }
}

/** An operation on the cache fails. As in the ways' code, the request goes on as if nothing had happened. */
function fail(state: State, actor: Actor, index: number): State {
  const began = { ...actor, answeredBefore: actor.answeredBefore ?? state.answered }
  // A swap whose get failed is skipped.
  const skipped = actor.ops[actor.position] === 'compare' ? 2 : 1
  const own = { position: actor.position + skipped }
  const rest = { failuresLeft: state.failuresLeft - 1 }
  return advance(state, began, index, { outcome: 'failed', version: actor.version, own, rest })
}

interface Change {
  readonly outcome: Did['outcome']
  readonly version: number
  readonly own: Partial<Actor>
  readonly rest: Partial<State>
}

function advance(state: State, actor: Actor, index: number, { outcome, version, own, rest }: Change): State {
  const op = actor.ops[actor.position] ?? 'show'
  const next = { ...actor, position: actor.position + 1, ...own }
  return {
    ...state,
    ...rest,
    actors: state.actors.with(index, next),
    did: { process: actor.process, op, version, outcome },
  }
}

function show(state: State, { answeredBefore = 0 }: Actor): State {
  const version = state.did?.version ?? 0
  return version < answeredBefore ? { ...state, stale: version } : state
}

function put({ lastToken }: State, version: number): Partial<State> {
  return { cache: { version, token: lastToken + 1 }, lastToken: lastToken + 1 }
}
