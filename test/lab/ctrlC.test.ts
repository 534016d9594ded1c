import { signalTree } from '../support/processTree.js'
import { RunningProcess } from '../support/RunningProcess.js'

test('ends without a word at Ctrl-C, which ends its servers too', async () => {
  const lab = await RunningProcess.start(
    process.execPath,
    ['--import', './test/support/typescript.js', 'lab/main.ts'],
    { env: process.env },
  )
  await lab.ready(async () => lab.stdout.some((line) => line.startsWith('Open ')), 120_000)
  signalTree(lab.pid, 'SIGINT')
  expect(await lab.exited).toEqual({ code: 0, signal: null })
  expect(lab.stderr).toEqual([])
}, 180_000)
