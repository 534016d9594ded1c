import { Turns } from '../../src/http/Turns.js'

test('one caller passes in each turn of the event loop, in the order in which they came', async () => {
  const turns = new Turns()
  const passed: number[] = []
  const all = [0, 1, 2, 3].map(async (who) => {
    await turns.next()
    passed.push(who)
  })
  for (let before = 0; before < 4; before = passed.length) {
    await new Promise(setImmediate)
    expect(passed.length - before).toBeLessThanOrEqual(before === 0 ? 2 : 1) // the first has passed before this turn
  }
  await Promise.all(all)
  expect(passed).toEqual([0, 1, 2, 3])
})

test('a caller who comes alone does not wait', async () => {
  const turns = new Turns()
  for (let i = 0; i < 3; i++) {
    let passed = false
    const pass = turns.next().then(() => {
      passed = true
    })
    await Promise.resolve()
    await Promise.resolve()
    expect(passed).toBe(true)
    await pass
    await new Promise(setImmediate)
  }
})
