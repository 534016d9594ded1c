import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from './Turns.js'

/**
 * Lets requests at the same time share one run of a task, which begins after they came.
 * @returns a function to call for each request; one of its promises resolves in each turn of the event loop
 */
export function sharedInTurns<T>(task: () => Promise<T>): () => Promise<T> {
  const flight = new SingleFlight(task)
  const turns = new Turns()
  return async () => {
    const result = await flight.startedAfter(performance.now())
    await turns.next()
    return result
  }
}
