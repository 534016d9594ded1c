// Makes the pictures of the page and the README from the running page and public/favicon.svg:
//   npm start, and beside it: node docs/pictures/make.js http://localhost:3000
// It empties that queue first.
import { readFile, writeFile } from 'node:fs/promises'
import puppeteer from 'puppeteer-core'

const ROOT = new URL('../../', import.meta.url)
const ITEMS = [
  'Renew the library card',
  'A table for four, by the window',
  'Ask about the blue bicycle',
  'Pick up the parcel from Lisbon',
]
const [app = 'http://localhost:3000'] = process.argv.slice(2)

const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  await fillQueue()
  await makeIcons()
  await makePreview()
  await makeScreenshot()
} finally {
  await browser.close()
}

async function fillQueue() {
  while ((await post('/remove', {})).item !== null);
  for (const text of ITEMS) await post('/add', { text })
}

async function post(path, body) {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
  const response = await fetch(app + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return await response.json()
}

async function makeIcons() {
  const svg = await readFile(new URL('public/favicon.svg', ROOT), 'utf8')
  const small = await shoot(`<style>svg{display:block}</style>${svg}`, { width: 32, height: 32 }, true)
  await save('public/favicon.ico', icoOf(small, 32))
  // iOS rounds the corners itself, and shows transparent pixels as black.
  const style =
    '<style>body{background:#f3efe6;display:grid;place-items:center;height:100vh}svg{width:140px}</style>'
  await save('public/apple-touch-icon.png', await shoot(style + svg, { width: 180, height: 180 }))
}

/** The picture of a link preview. */
async function makePreview() {
  const svg = await readFile(new URL('public/favicon.svg', ROOT), 'utf8')
  const html = `<style>
    body { display: flex; gap: 48px; align-items: center; height: 100vh; padding: 0 72px; box-sizing: border-box;
      background: #f3efe6; color: #1d2422; font-family: system-ui, sans-serif }
    svg { flex: none; width: 280px }
    h1 { margin: 0 0 20px; font-size: 96px; letter-spacing: -.03em; line-height: 1; white-space: nowrap }
    p { margin: 0; color: #59615d; font-size: 33px; line-height: 1.4; white-space: nowrap }
  </style>${svg}<div><h1>Next, please</h1><p>Add something at the end of the line,<br>take the next one off at the front.</p></div>`
  await save('public/og.png', await shoot(html, { width: 1200, height: 630 }))
}

/** A laptop and a phone side by side, at twice the pixels. */
async function makeScreenshot() {
  const scale = 2
  const laptop = await look({ width: 1000, height: 606, deviceScaleFactor: scale }, 'light')
  const phone = await look({ width: 360, height: 606, deviceScaleFactor: scale }, 'dark')
  const html = `<style>
    body { display: flex; gap: 32px; margin: 0; padding: 32px; background: #d9d2c5 }
    img { border-radius: 12px; box-shadow: 0 8px 28px rgb(0 0 0 / 22%); height: 606px }
  </style>${[laptop, phone].map((png) => `<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`).join('')}`
  const window = { width: 1000 + 360 + 3 * 32, height: 606 + 2 * 32, deviceScaleFactor: scale }
  await save('docs/screenshot.png', await shoot(html, window))
}

async function look(viewport, scheme) {
  const page = await browser.newPage()
  await page.setViewport(viewport)
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  for (let times = 0; times < 3; times++) await page.goto(app) // so that it comes from the cache
  await page.waitForFunction("document.getElementById('origin').textContent")
  if (scheme === 'light') {
    await page.type('#text', 'Two tickets for the late show')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#said a')
    await page.waitForFunction('document.getAnimations().length === 0')
  }
  const png = await page.screenshot()
  await page.close()
  return png
}

async function shoot(html, viewport, omitBackground = false) {
  const page = await browser.newPage()
  await page.setViewport(viewport)
  await page.setContent(`<!doctype html><style>body{margin:0}</style>${html}`)
  const png = await page.screenshot({ omitBackground })
  await page.close()
  return png
}

/** An icon file that holds one PNG: https://en.wikipedia.org/wiki/ICO_(file_format) */
function icoOf(png, pixels) {
  const header = Buffer.alloc(22)
  header.writeUInt16LE(1, 2) // an icon
  header.writeUInt16LE(1, 4) // of one picture
  header.writeUInt8(pixels, 6)
  header.writeUInt8(pixels, 7)
  header.writeUInt16LE(1, 10) // colour planes
  header.writeUInt16LE(32, 12) // bits a pixel
  header.writeUInt32LE(png.length, 14)
  header.writeUInt32LE(header.length, 18)
  return Buffer.concat([header, png])
}

async function save(path, bytes) {
  await writeFile(new URL(path, ROOT), bytes)
  console.log(`${path}: ${bytes.length} bytes`)
}
