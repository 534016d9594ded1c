import { LruMap } from '../../src/cache/LruMap.js'

let map: LruMap<number>

beforeEach(() => {
  map = new LruMap(2)
  map.set('a', 1)
  map.set('b', 2)
})

test('one entry more pushes out the one that was used longest ago', () => {
  map.get('a')
  map.set('c', 3)
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3])
})

test('an entry that is set again takes no further place', () => {
  map.set('a', 4)
  expect(['a', 'b'].map((key) => map.get(key))).toEqual([4, 2])
})

test('to ask for an entry that is not there pushes nothing out', () => {
  for (const key of ['c', 'd', 'e']) expect(map.get(key)).toBeUndefined()
  expect(map.size).toBe(2)
  map.set('c', 3)
  expect(['b', 'c'].map((key) => map.get(key))).toEqual([2, 3])
})
