// Makes docs/live.gif: two windows of two web processes, which follow one another while memcached is killed and comes
// back.
//   npm run build && node --import ./test/support/typescript.js lab/pictures/animation.ts    (needs ImageMagick)
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { enter, type Page, press, shows, TestBrowser } from '../../test/support/browser.js'
import { startPostgres } from '../../test/support/postgres.js'
import { RunningWay } from '../servers/RunningWay.js'
import { WAYS } from '../ways.js'
import { Frames } from './Frames.js'

const PICTURE = fileURLToPath(new URL('../../docs/live.gif', import.meta.url))
const WINDOW = { width: 430, height: 560, features: { 'prefers-color-scheme': 'light' } }
/** How long a viewer needs to read what has changed, in hundredths of a second, as GIF counts. */
const READING = 170
const QUICK = 60

interface Scene {
  readonly left: Page
  readonly right: Page
  readonly frames: Frames
}

async function play({ left, right, frames }: Scene, way: RunningWay): Promise<void> {
  const both = [left, right]
  await frames.take(both, 'Two windows, two web processes, one memcached', READING)
  await enter(left, 'A table for four, by the window')
  await allShow(both, ['A table for four, by the window'])
  await frames.take(both, 'Added on the left: the right one shows it at once', READING)
  await enter(right, 'Ask about the blue bicycle')
  await allShow(both, ['A table for four, by the window', 'Ask about the blue bicycle'])
  await frames.take(both, 'And the other way round', READING)
  await way.memcached.kill()
  await frames.take(both, 'kill -9 memcached', QUICK)
  await enter(left, 'Pick up the parcel from Lisbon')
  const three = [
    'A table for four, by the window',
    'Ask about the blue bicycle',
    'Pick up the parcel from Lisbon',
  ]
  await allShow(both, three)
  await frames.take(both, 'memcached is dead: still nothing is out of date', READING)
  await press(right, '#remove')
  await allShow(both, three.slice(1))
  await frames.take(both, 'memcached is dead: still nothing is out of date', READING)
  await way.memcached.start()
  await frames.take(both, 'memcached is back, empty', QUICK)
  await enter(right, 'Renew the library card')
  await allShow(both, [...three.slice(1), 'Renew the library card'])
  await frames.take(both, 'memcached is back: nobody has noticed', READING)
}

async function allShow(pages: readonly Page[], texts: readonly string[]): Promise<void> {
  await Promise.all(pages.map((page) => shows(page, texts)))
  await Promise.all(pages.map((page) => page.waitForFunction('document.getAnimations().length === 0')))
}

const app = WAYS.find(({ id }) => id === 'app')
if (!app) throw new Error('There is no way named app')
const postgres = await startPostgres()
const way = await RunningWay.start(app, postgres.url())
const browser = await TestBrowser.start()
const folder = await mkdtemp(join(tmpdir(), 'queue-frames-'))
try {
  const [left, right] = [await browser.open(way.a.url, WINDOW), await browser.open(way.b.url, WINDOW)]
  const frames = new Frames(await browser.open('about:blank', { width: 960, height: 680 }))
  await play({ left, right, frames }, way)
  const files: string[] = []
  for (const [index, { png, hundredths }] of frames.all.entries()) {
    const file = join(folder, `${String(index).padStart(2, '0')}.png`)
    await writeFile(file, png)
    files.push('-delay', String(hundredths), file)
  }
  await promisify(execFile)('convert', [
    ...files,
    '-loop',
    '0',
    '+dither',
    '-colors',
    '64',
    '-layers',
    'Optimize',
    PICTURE,
  ])
} finally {
  await rm(folder, { recursive: true, force: true })
  await browser.close()
  await way.stop()
  await postgres.stop()
}
