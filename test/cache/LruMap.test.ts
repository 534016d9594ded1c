import { LruMap } from '../../src/cache/LruMap.js'

let map: LruMap<number>
beforeEach(() => {
  map = new LruMap<number>(2)
  map.set('a', 1).set('b', 2)
})

test('the entry that was not used for the longest time makes room', () => {
  map.get('a')
  map.set('c', 3)
  expect([...map.keys()]).toEqual(['a', 'c'])
})

test('what is used twice in a row stays the last', () => {
  map.get('a')
  map.get('a')
  map.set('a', 4).set('c', 3)
  expect([...map]).toEqual([
    ['a', 4],
    ['c', 3],
  ])
})

test('what was deleted and comes back is the last', () => {
  map.get('a')
  map.delete('a')
  map.set('a', 5).set('c', 3)
  expect([...map.keys()]).toEqual(['a', 'c'])
})

test('to ask for an entry that is not there pushes nothing out', () => {
  for (const key of ['c', 'd', 'e']) expect(map.get(key)).toBeUndefined()
  expect([...map.keys()]).toEqual(['a', 'b'])
})
