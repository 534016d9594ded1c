import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const VIEWS = fileURLToPath(new URL('../views', import.meta.url))
export const PUBLIC = fileURLToPath(new URL('../public', import.meta.url))

/** A short name for the contents of a folder's files: another release, another name. */
export function fingerprint(...folders: string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const file of readdirSync(folder).sort())
      hash.update(file).update(readFileSync(path.join(folder, file)))
  }
  return hash.digest('hex').slice(0, 10)
}
