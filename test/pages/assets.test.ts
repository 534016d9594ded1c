import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fingerprint } from '../../src/pages/assets.js'
import { folder, useFolder } from '../support/useFolder.js'

let before: string

useFolder()

beforeEach(() => {
  write('styles.css', 'body {}')
  before = fingerprint(folder)
})

function write(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text)
}

test.each<[string, () => void]>([
  ['a file manager', () => write('.DS_Store', 'x')],
  ['an archive', () => write('._styles.css', 'x')],
  ['a backup', () => write('styles.css~', 'x')],
  ["emacs's unsaved text", () => write('#styles.css#', 'x')],
  [
    "emacs's lock, a link to nothing",
    () => symlinkSync('somebody@somewhere.4711', path.join(folder, '.#styles.css')),
  ],
  ['a link to nothing', () => symlinkSync('nowhere', path.join(folder, 'old.css'))],
  ['an empty folder', () => mkdirSync(path.join(folder, 'fonts'))],
  [
    'a hidden folder',
    () => {
      mkdirSync(path.join(folder, '.git'))
      write('.git/HEAD', 'x')
    },
  ],
  ['a named pipe', () => execFileSync('mkfifo', [path.join(folder, 'pipe')])],
])('ignores the files that %s left in the folder', (_who, leave) => {
  leave()
  expect(fingerprint(folder)).toBe(before)
})

test.each<[string, () => void]>([
  ['changed', () => write('styles.css', 'main {}')],
  ['added', () => write('more.css', '')],
  [
    'added in a folder',
    () => {
      mkdirSync(path.join(folder, 'fonts'))
      write('fonts/one.woff2', 'x')
    },
  ],
  ['added as a link', () => symlinkSync('styles.css', path.join(folder, 'link.css'))],
])('has another name when a file is %s', (_what, change) => {
  change()
  expect(fingerprint(folder)).not.toBe(before)
})
