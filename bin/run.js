// Runs a program of dist/ for npm, or says what to do if it has not been built yet: `node bin/run.js verify --wait`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PARENT_CHECK_MS = 250

const [node, , name, ...rest] = process.argv
const program = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
if (existsSync(program)) {
  endWithShell()
  process.argv = [node, program, ...rest]
  await import(new URL(`../dist/${name}.js`, import.meta.url).href)
} else {
  console.error('Not built yet: run `npm install` and `npm run build` first (`npm start` builds too).')
  process.exitCode = 1
}

/**
 * npm sends its SIGTERM to the shell that runs the script, and the shell ends without us. Then nobody would end this
 * program, and it would keep its port and its data folder.
 */
function endWithShell() {
  const shell = process.ppid
  const check = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(check)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_CHECK_MS)
  check.unref()
}
