import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url))
export const PUBLIC = fileURLToPath(new URL('../../public', import.meta.url))

/** The names that releases give to the folder of their files. */
export const ANY_RELEASE = /^\/assets\/[0-9a-f]{10}(?=\/)/

/** What editors, archives and file managers leave beside the files that they touch: `.DS_Store`, `._x`, `#x#`, `x~`. */
const LITTER = /^[.#]|~$/

/** A short name for the contents of a folder's files: another release, another name. */
export function fingerprint(...folders: string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const file of filesIn(folder)) hash.update(file).update(readFileSync(path.join(folder, file)))
  }
  return hash.digest('hex').slice(0, 10)
}

/** Paths within the folder, without what editors leave there. */
export function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names.filter(
    (name) => !name.split(path.sep).some((part) => LITTER.test(part)) && isFile(folder, name),
  )
}

/** Neither a folder nor a link to what isn't there. */
function isFile(folder: string, name: string): boolean {
  return statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true
}

/** The name of this release's files. An open window compares it with that of the page that it shows. */
export const ASSETS_VERSION = fingerprint(PUBLIC)
/** Its name changes with its contents, so browsers may keep the files for good. */
export const ASSETS_PATH = `/assets/${ASSETS_VERSION}`
