import { until } from '../support/poll.js'
import { isRunning, processTree } from '../support/processTree.js'
import { RunningProcess } from '../support/RunningProcess.js'
import { folder, useFolder } from '../support/useFolder.js'
import { PROJECT_FOLDER } from '../support/webProcess.js'

useFolder()

const BUILD_AND_START_MS = 90_000

test.each([
  ['npm start shuts the app down', ['start'], 'The queue is open', 'SIGTERM: shutting down'],
  ['npm run prove ends with its servers', ['run', 'prove'], 'Postgres', ''],
])(
  '%s when npm gets a SIGTERM, and leaves nothing behind',
  async (_what, command, begun, lastWords) => {
    const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', PORT: '0', DATA_DIR: folder }
    const npm = await RunningProcess.start('npm', command, { cwd: PROJECT_FOLDER, env })
    await npm.ready(async () => npm.lines.some((line) => line.includes(begun)), BUILD_AND_START_MS)
    const started = processTree(npm.pid)
    try {
      npm.signal('SIGTERM')
      await until('all that npm started has ended', () => !started.some(isRunning))
      expect(npm.lines.join('\n')).toContain(lastWords)
    } finally {
      for (const pid of started.filter(isRunning)) process.kill(pid, 'SIGKILL')
    }
  },
  120_000,
)
