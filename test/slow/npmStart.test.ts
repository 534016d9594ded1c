import { until } from '../support/poll.js'
import { isRunning, processTree } from '../support/processTree.js'
import { RunningProcess } from '../support/RunningProcess.js'
import { folder, useFolder } from '../support/useFolder.js'
import { PROJECT_FOLDER } from '../support/webProcess.js'

useFolder()

const BUILD_AND_START_MS = 90_000

test('npm start shuts the app down when npm gets a SIGTERM, and leaves nothing behind', async () => {
  const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', PORT: '0', DATA_DIR: folder }
  const npm = await RunningProcess.start('npm', ['start'], { cwd: PROJECT_FOLDER, env })
  const says = (text: string) => npm.lines.some((line) => line.includes(text))
  await npm.ready(async () => says('The queue is open'), BUILD_AND_START_MS)
  const started = processTree(npm.pid)
  try {
    npm.signal('SIGTERM')
    await until('all that npm started has ended', () => !started.some(isRunning))
    expect(says('SIGTERM: shutting down')).toBe(true)
  } finally {
    for (const pid of started.filter(isRunning)) process.kill(pid, 'SIGKILL')
  }
}, 120_000)

test('npm run prove ends with its servers when npm gets a SIGTERM', async () => {
  const npm = await RunningProcess.start('npm', ['run', 'prove'], {
    cwd: PROJECT_FOLDER,
    env: { PATH: process.env.PATH },
  })
  await npm.ready(async () => npm.lines.some((line) => line.startsWith('Postgres')), BUILD_AND_START_MS)
  const started = processTree(npm.pid)
  try {
    npm.signal('SIGTERM')
    await until('all that npm started has ended', () => !started.some(isRunning))
  } finally {
    for (const pid of started.filter(isRunning)) process.kill(pid, 'SIGKILL')
  }
}, 120_000)
