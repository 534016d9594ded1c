import { fileURLToPath } from 'node:url'
import { transformFileSync } from '@swc/core'

/** Our sources import each other as './x.js', the name they have once compiled. */
export function resolve(specifier, context, nextResolve) {
  const isOurs = specifier.startsWith('.') && context.parentURL?.endsWith('.ts')
  return nextResolve(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const { code } = transformFileSync(fileURLToPath(url), {
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    sourceMaps: 'inline',
    swcrc: false,
  })
  return { format: 'module', source: code, shortCircuit: true }
}
