import { readFile } from 'node:fs/promises'
import type { Way } from '../ways.js'

const AROUND = 5

export interface CodeLine {
  readonly number: number
  readonly text: string
  readonly isCulprit: boolean
}

export interface Excerpt {
  /** The file's path within the project. */
  readonly file: string
  readonly lines: readonly CodeLine[]
}

/** The lines of a way's code around this one; undefined if the line is not known. */
export async function excerpt(way: Way, line: number): Promise<Excerpt | undefined> {
  if (line === 0) return undefined
  const code = await readFile(new URL(`../ways/${way.id}.ts`, import.meta.url), 'utf8')
  const lines = code
    .split('\n')
    .map((text, index) => ({ number: index + 1, text, isCulprit: index + 1 === line }))
    .slice(Math.max(0, line - 1 - AROUND), line + AROUND)
  return { file: `lab/ways/${way.id}.ts`, lines }
}
