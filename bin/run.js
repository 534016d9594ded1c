// Runs a program of dist/ for npm, or says what to do if it has not been built yet: `node bin/run.js verify --wait`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { endWithShell } from './endWithShell.js'

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
