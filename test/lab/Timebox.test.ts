import { Timebox } from '../../lab/faults/Timebox.js'

test('a repeated action ends when its time is over', async () => {
  const time = new Timebox(30)
  let times = 0
  await time.repeat(1, async () => {
    times++
  })
  expect(time.isOver).toBe(true)
  expect(times).toBeGreaterThan(0)
})

test('closing it ends a pause of an hour', async () => {
  const time = new Timebox(3_600_000)
  const paused = time.end()
  time.close()
  await paused
  expect(time.isOver).toBe(true)
})
