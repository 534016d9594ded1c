// Lets Node import TypeScript: `node --import ./test/support/typescript.js program.ts`.
import * as module from 'node:module'
import * as hooks from './typescriptHooks.js'

// Old versions of Node know only `register`, new ones warn of it.
if (module.registerHooks) module.registerHooks(hooks)
else module.register('./typescriptHooks.js', import.meta.url)
