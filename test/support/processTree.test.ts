import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isRunning, signalTree } from './processTree.js'

test('a signal to a process that has just ended does not fail', async () => {
  const child = spawn('true', { stdio: 'ignore' })
  const { pid = 0 } = child
  await once(child, 'exit')
  expect(isRunning(pid)).toBe(false)
  expect(() => signalTree(pid, 'SIGCONT')).not.toThrow()
})
