/**
 * `npm run test:search` runs the long searches in full (jest.config.js sets the global); `npm test` takes a sample of
 * each, to stay short.
 */
const isFull = Reflect.get(globalThis, 'FULL_SEARCH') === true

/** One case in seven: the rows of our tables repeat themselves in other numbers, so the sample has some of each kind. */
const ONE_IN = 7

/** All cases in a full search, one in seven otherwise. */
export function sample<T>(cases: readonly T[]): T[] {
  return isFull ? [...cases] : cases.filter((_, index) => index % ONE_IN === 0)
}

/** How many random runs to make of so many in a full search. */
export function runs(inFullSearch: number): number {
  return isFull ? inFullSearch : Math.ceil(inFullSearch / ONE_IN)
}
