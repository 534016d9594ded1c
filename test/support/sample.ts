/**
 * `npm run test:search` and `npm run test:slow` run the long searches in full (jest.config.js sets the global);
 * `npm test` takes a sample of each, to stay short.
 */
const isFull = Reflect.get(globalThis, 'IN_FULL') === true

/** One case in seven: the rows of our tables repeat in other numbers, so the sample has some of each kind. */
const ONE_IN = 7

/** All cases in a full search. Otherwise a sample: the first, and then one in every `oneIn`. */
export function sample<T>(cases: readonly T[], oneIn = ONE_IN): T[] {
  return isFull ? [...cases] : cases.filter((_, index) => index % oneIn === 0)
}

/** How many random runs to make, if a full search makes this many. */
export function runs(inFullSearch: number): number {
  return isFull ? inFullSearch : Math.ceil(inFullSearch / ONE_IN)
}
