import { mkdir, rm, writeFile } from 'node:fs/promises'
import { makeGallery } from './gallery.js'

const DOCS = new URL('../../docs/', import.meta.url)

/** Writes docs/races.md and its pictures anew. */
export async function writeGallery(): Promise<void> {
  const files = makeGallery()
  await rm(new URL('races/', DOCS), { recursive: true, force: true })
  await mkdir(new URL('races/', DOCS))
  for (const [path, text] of files) {
    await writeFile(new URL(path, DOCS), text)
    console.log(`docs/${path}`)
  }
}
