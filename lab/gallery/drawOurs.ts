import type { Diagram, Row } from '../diagram/sequence.js'

const POSTGRES = 'Postgres'
const MEMCACHED = 'memcached'
/** A step as the search of test/interleavings names it: "A's writer commits 2", "C swaps in 2". */
const STEP = /^([A-D])(?:'s \w+(?: \d)?)? (.+)$/
const ARROWS: readonly { readonly begins: RegExp; readonly with: string; readonly isAnswer?: true }[] = [
  { begins: /^commits/, with: POSTGRES },
  { begins: /^loads/, with: POSTGRES, isAnswer: true },
  { begins: /^(gets|shows|touches)/, with: MEMCACHED, isAnswer: true },
  { begins: /^(swaps|adds|clears|gives up)/, with: MEMCACHED },
]

/** The steps that the search of our own protocol has found, as a picture. The last step says which promise is broken. */
export function drawOurs(title: string, steps: readonly string[]): Diagram {
  const processes = [...new Set(steps.flatMap((step) => STEP.exec(step)?.[1] ?? []))].sort()
  const half = Math.ceil(processes.length / 2)
  const names = [...processes.slice(0, half), POSTGRES, MEMCACHED, ...processes.slice(half)]
  const rows = steps.map((step, index) => rowOf(step, names, index === steps.length - 1))
  const columns = names.map((name) => (name.length === 1 ? `process ${name}` : name))
  return { title, columns, rows }
}

function rowOf(step: string, names: readonly string[], isLast: boolean): Row {
  if (isLast) {
    const [, , process = '', rest = step] = /^(\w+): ([A-D])'s \w+(?: \d)? (.+)$/.exec(step) ?? []
    return { from: Math.max(0, names.indexOf(process)), label: rest, isCulprit: true }
  }
  const [, process, what = step] = STEP.exec(step) ?? []
  if (!process) return { from: names.indexOf(MEMCACHED), label: what }
  const own = names.indexOf(process)
  const arrow = ARROWS.find(({ begins }) => begins.test(what))
  if (!arrow) return { from: own, label: what }
  const other = names.indexOf(arrow.with)
  const isFailed = what.startsWith('gives up')
  const ends = arrow.isAnswer ? { from: other, to: own } : { from: own, to: other }
  return { ...ends, label: what, ...(isFailed && { isFailed }) }
}
