import { mkdir, rm, writeFile } from 'node:fs/promises'
import { GALLERY } from './gallery.js'

const DOCS = new URL('../../docs/', import.meta.url)

/** Writes docs/races.md and its pictures. */
export async function writeGallery(): Promise<void> {
  await rm(new URL('races/', DOCS), { recursive: true, force: true })
  await mkdir(new URL('races/', DOCS))
  for (const [path, make] of GALLERY) {
    await writeFile(new URL(path, DOCS), make())
    console.log(`docs/${path}`)
  }
}
