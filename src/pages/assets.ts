import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url))
export const PUBLIC = fileURLToPath(new URL('../../public', import.meta.url))

/** The folder of any release's files. */
export const ANY_RELEASE = /^\/assets\/[0-9a-f]{10}(?=\/)/

/** Files that editors, archives and file managers leave behind: `.DS_Store`, `._x`, `#x#`, `x~`. */
const LITTER = /^[.#]|~$/

/** A short hash of the files in these folders, so another release has another name. */
export function fingerprint(...folders: string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const file of filesIn(folder)) hash.update(file).update(readFileSync(path.join(folder, file)))
  }
  return hash.digest('hex').slice(0, 10)
}

/** Paths within the folder, without what editors leave there. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names.filter(
    (name) => !name.split(path.sep).some((part) => LITTER.test(part)) && isFile(folder, name),
  )
}

/** Not a folder, nor a link to a missing file. */
function isFile(folder: string, name: string): boolean {
  return statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true
}

/** The files by name. Read once, so that they are those that the version names. */
export const PUBLIC_FILES: ReadonlyMap<string, Buffer> = new Map(
  filesIn(PUBLIC).map((name) => [name, readFileSync(path.join(PUBLIC, name))]),
)
/** The version of this release's files. An open window compares it with that of its own page. */
export const ASSETS_VERSION = fingerprint(PUBLIC)
/** Its name changes with its contents, so browsers may keep the files for good. */
export const ASSETS_PATH = `/assets/${ASSETS_VERSION}`
