// Makes docs/lab.png, the lab's page after the whole tour:
//   npm run lab, and beside it: node --import ./test/support/typescript.js lab/pictures/page.ts http://127.0.0.1:PORT
import { fileURLToPath } from 'node:url'
import { press, says, TestBrowser } from '../../test/support/browser.js'

const PICTURE = fileURLToPath(new URL('../../docs/lab.png', import.meta.url))
const TOUR_DEADLINE_MS = 300_000

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2)
const browser = await TestBrowser.start()
try {
  const features = { 'prefers-color-scheme': 'light' }
  const page = await browser.open(url, { width: 1280, height: 1090, features })
  await press(page, '.strip button')
  await says(page, '#playing', 'no fault')
  await says(page, '#playing', 'Nothing is broken', TOUR_DEADLINE_MS)
  await page.mouse.move(0, 0)
  await page.screenshot({ path: PICTURE })
} finally {
  await browser.close()
}
