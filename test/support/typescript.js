// Lets Node import TypeScript: `node --import ./test/support/typescript.js program.ts`.
import * as module from 'node:module'
import { endWithShell } from '../../bin/endWithShell.js'
import * as hooks from './typescriptHooks.js'

// Old versions of Node know only `register`, new ones warn of it.
if (module.registerHooks) module.registerHooks(hooks)
else module.register('./typescriptHooks.js', import.meta.url)

// The servers that the proof, the benchmark, the lab and the tests start end with them. Without npm, a program may well
// outlive the shell that started it.
if (process.env.npm_lifecycle_event !== undefined) endWithShell()
