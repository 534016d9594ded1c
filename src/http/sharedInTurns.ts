import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from './Turns.js'

/**
 * Makes requests that come at the same time share one run of a task, which began after they came.
 * @returns call it for each request; the promises resolve one in each turn of the event loop
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
