import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PROJECT_FOLDER } from '../support/webProcess.js'

test('a start does not load the HTTP client that Node brings along', async () => {
  const program = `await import('./dist/services.js'); console.log(process.moduleLoadList.join())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: PROJECT_FOLDER,
  })
  expect(stdout).toContain('NativeModule net')
  expect(stdout).not.toContain('undici')
})
