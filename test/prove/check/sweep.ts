/** Something that was known from a moment on. */
interface Known<S> {
  readonly fromMs: number
  readonly version: number
  readonly source: S
}

/** Something that began at a moment, when all known until then should have been heeded. */
interface Question<Q> {
  readonly atMs: number
  readonly question: Q
}

/**
 * Asks each question together with the newest version that was known before it began: one walk through time,
 * which stands for comparing every pair.
 */
export function sweep<S, Q>(
  known: readonly Known<S>[],
  questions: readonly Question<Q>[],
  answer: (question: Q, newest: Known<S>) => void,
): void {
  const inTime = [...known].sort((a, b) => a.fromMs - b.fromMs)
  let next = 0
  let newest: Known<S> | undefined
  for (const { atMs, question } of [...questions].sort((a, b) => a.atMs - b.atMs)) {
    for (let fact = inTime[next]; fact && fact.fromMs < atMs; fact = inTime[++next]) {
      if (!newest || fact.version > newest.version) newest = fact
    }
    if (newest) answer(question, newest)
  }
}
