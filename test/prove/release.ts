import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OrphanGuard } from '../support/OrphanGuard.js'

/** Replaces a text in one place of the compiled app. */
export interface Patch {
  /** The path below `dist/`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A copy of the built app, as it would be deployed. A build during a run does not change it, and a mutant may differ. */
export interface Release {
  readonly folder: string
  remove(): Promise<void>
}

const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url))
const COPIED = ['dist', 'migrations', 'package.json', 'Procfile', 'public', 'views']

/** Copies the app from `dist/`. Fails if a patch finds nothing to replace. */
export async function copyRelease(patches: readonly Patch[] = []): Promise<Release> {
  const folder = await mkdtemp(join(tmpdir(), 'queue-release-'))
  const guard = new OrphanGuard(folder)
  for (const name of COPIED) await cp(join(PROJECT_FOLDER, name), join(folder, name), { recursive: true })
  await symlink(join(PROJECT_FOLDER, 'node_modules'), join(folder, 'node_modules'))
  for (const patch of patches) await apply(patch, folder)
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true })
      guard.release()
    },
  }
}

async function apply({ file, from, to }: Patch, folder: string): Promise<void> {
  const path = join(folder, 'dist', file)
  const code = await readFile(path, 'utf8')
  const places = code.split(from).length - 1
  if (places !== 1) throw new Error(`${file} has ${places} places, and should have one, that say:\n${from}`)
  await writeFile(
    path,
    code.replace(from, () => to),
  )
}
