import type { Fault } from '../../lab/faults/Fault.js'
import { CALM, FAULTS } from '../../lab/faults/faults.js'
import { Conductor } from '../../lab/page/Conductor.js'
import { until } from '../support/poll.js'

/** Plays each fault until it is told to end it. */
class HeldExperiment {
  readonly played: string[] = []
  #end: () => void = () => {}

  async play({ id }: Fault): Promise<void> {
    this.played.push(id)
    await new Promise<void>((resolve) => {
      this.#end = resolve
    })
  }

  cutShort(): void {
    this.#end()
  }
}

const [first, second] = FAULTS as [Fault, Fault]

test('a second switch takes the place of the first', async () => {
  const experiment = new HeldExperiment()
  const conductor = new Conductor(experiment)
  conductor.play(first)
  expect(conductor.now?.fault).toBe(first)
  conductor.play(second)
  await until('the second one is played', () => experiment.played.length === 2)
  expect(experiment.played).toEqual([first.id, second.id])
  await conductor.stop()
  expect(conductor.now).toBeUndefined()
})

test('the tour plays the best case and every fault, in turn', async () => {
  const experiment = new HeldExperiment()
  const conductor = new Conductor(experiment)
  conductor.tour()
  const all = [CALM, ...FAULTS].map(({ id }) => id)
  for (let count = 1; count <= all.length; count++) {
    await until(`${count} are played`, () => experiment.played.length === count)
    experiment.cutShort()
  }
  await until('it is over', () => conductor.now === undefined)
  expect(experiment.played).toEqual(all)
})

test('an error while a fault is played is reported', async () => {
  const conductor = new Conductor({
    play: () => Promise.reject(new Error('no memcached')),
    cutShort: () => {},
  })
  conductor.play(first)
  await conductor.stop()
  expect(() => conductor.now).toThrow('no memcached')
})
