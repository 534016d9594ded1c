import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isRunning, signalTree } from './processTree.js'

test('to signal a process that has just ended is no failure', async () => {
  const child = spawn('true', { stdio: 'ignore' })
  const { pid = 0 } = child
  await once(child, 'exit')
  expect(isRunning(pid)).toBe(false)
  expect(() => signalTree(pid, 'SIGCONT')).not.toThrow()
})
