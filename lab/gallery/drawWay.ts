import type { Diagram, Row } from '../diagram/sequence.js'
import type { Did } from './model.js'

const COLUMNS = ['process A', 'Postgres', 'memcached', 'process B'] as const
const POSTGRES = 1
const MEMCACHED = 2

/** The steps to a stale page as a picture; the step that put the old page there is marked. */
export function drawWay(title: string, steps: readonly Did[]): Diagram {
  const last = steps.at(-1)
  const culprit = findCulprit(steps)
  const rows = steps.map((step) => ({ ...rowOf(step), ...(step === culprit && { isCulprit: true }) }))
  const shown = {
    from: columnOf(last?.process ?? 'A'),
    label: `shows ${last?.version}: stale`,
    isCulprit: true,
  }
  return { title, columns: COLUMNS, rows: [...rows, shown] }
}

/**
 * The step that failed. If none failed, the one that put the old page into the cache, if it was not there at the start.
 */
function findCulprit(steps: readonly Did[]): Did | undefined {
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  const shown = steps.at(-1)?.version
  return failed ?? steps.findLast(({ op, version }) => (op === 'set' || op === 'swap') && version === shown)
}

function rowOf({ process, op, version, outcome }: Did): Row {
  const own = columnOf(process)
  const isFailed = outcome === 'failed'
  const toMemcached = (label: string): Row => ({
    from: own,
    to: MEMCACHED,
    label: isFailed ? `can’t ${label}` : label,
    ...(isFailed && { isFailed }),
  })
  switch (op) {
    case 'commit':
      return { from: own, to: POSTGRES, label: `commit ${version}` }
    case 'load':
      return { from: POSTGRES, to: own, label: `load ${version}` }
    case 'set':
      return toMemcached(`set ${version}`)
    case 'delete':
      return toMemcached('delete')
    case 'swap':
      return toMemcached(outcome === 'refused' ? `${version} is refused` : `swap in ${version}`)
    case 'answer':
      return { from: own, label: `answer: ${version} is done` }
    default:
      if (isFailed) return toMemcached('get')
      return { from: MEMCACHED, to: own, label: `get ${outcome === 'nothing' ? 'nothing' : version}` }
  }
}

function columnOf(process: string): number {
  return process === 'A' ? 0 : COLUMNS.length - 1
}
