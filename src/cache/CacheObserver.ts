import type { CacheStore } from './CacheStore.js'
import type { Source, Versioned } from './Source.js'

export type CacheOperation = 'touch' | 'gets' | 'add' | 'cas' | 'delete'
/** `load`: a value; `version_check`: versions alone, which renews leases. */
export type SourceQuery = 'load' | 'version_check'

/** Called with what the cache does, for metrics. Callers wait for it, so it must be quick, and it must not throw. */
export interface CacheObserver {
  /** An operation of the store has ended. `failed`: the store could not be reached or was too slow. */
  onOperation(operation: CacheOperation, durationMs: number, failed: boolean): void
  /** A query to the source has ended. */
  onSourceQuery(query: SourceQuery, durationMs: number, failed: boolean): void
  /** A write has published its value. If the cache did not confirm it, the answer waits for the readers' leases. */
  onPublish(confirmed: boolean): void
}

/** Wraps a store. */
export function observedStore(store: CacheStore, observer: CacheObserver): CacheStore {
  const timed = <R>(operation: CacheOperation, run: () => Promise<R>) =>
    time(run, (durationMs, failed) => observer.onOperation(operation, durationMs, failed))
  return {
    name: store.name,
    isShared: store.isShared,
    touch: (key, token) => timed('touch', () => store.touch(key, token)),
    gets: (key) => timed('gets', () => store.gets(key)),
    add: (key, bytes) => timed('add', () => store.add(key, bytes)),
    cas: (key, bytes, token) => timed('cas', () => store.cas(key, bytes, token)),
    delete: (key) => timed('delete', () => store.delete(key)),
    close: () => store.close(),
  }
}

/** Wraps a source. */
export function observedSource<T extends Versioned>(source: Source<T>, observer: CacheObserver): Source<T> {
  const timed = <R>(query: SourceQuery, run: () => Promise<R>) =>
    time(run, (durationMs, failed) => observer.onSourceQuery(query, durationMs, failed))
  return {
    load: (key) => timed('load', () => source.load(key)),
    versions: (keys) => timed('version_check', () => source.versions(keys)),
    isUnavailable: (error) => source.isUnavailable(error),
  }
}

async function time<R>(
  run: () => Promise<R>,
  over: (durationMs: number, failed: boolean) => void,
): Promise<R> {
  const startedAtMs = performance.now()
  let failed = true
  try {
    const result = await run()
    failed = false
    return result
  } finally {
    over(performance.now() - startedAtMs, failed)
  }
}
