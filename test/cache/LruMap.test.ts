import { LruMap } from '../../src/cache/LruMap.js'

let map: LruMap<number>
beforeEach(() => {
  map = new LruMap<number>(2)
  map.set('a', 1).set('b', 2)
})

test('the entry that was not used for the longest time is dropped', () => {
  map.get('a')
  map.set('c', 3)
  expect([...map.keys()]).toEqual(['a', 'c'])
})

test('an entry that is used twice in a row stays the last', () => {
  map.get('a')
  map.get('a')
  map.set('a', 4).set('c', 3)
  expect([...map]).toEqual([
    ['a', 4],
    ['c', 3],
  ])
})

test('an entry that was deleted and set again is the last', () => {
  map.get('a')
  map.delete('a')
  map.set('a', 5).set('c', 3)
  expect([...map.keys()]).toEqual(['a', 'c'])
})

test('asking for a missing entry drops no other', () => {
  for (const key of ['c', 'd', 'e']) expect(map.get(key)).toBeUndefined()
  expect([...map.keys()]).toEqual(['a', 'b'])
})
