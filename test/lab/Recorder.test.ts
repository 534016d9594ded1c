import { once } from 'node:events'
import { connect } from 'node:net'
import { Recorder } from '../../lab/record/Recorder.js'
import { until } from '../support/poll.js'

test('a process that is killed does not end the recording', async () => {
  const recorder = await Recorder.start()
  const event = { sentAtMs: performance.timeOrigin, atMs: performance.timeOrigin }
  for (const recorded of [1, 2]) {
    const killed = connect(recorder.port, '127.0.0.1')
    killed.write(`${JSON.stringify(event)}\n`)
    await until('it has been recorded', () => recorder.between(-1, 1).length === recorded)
    killed.resetAndDestroy()
    await once(killed, 'close')
  }
  recorder.close()
})
