import { ENGINES, enter, intercept, listenTo, says, shows } from '../support/browser.js'
import { app } from '../support/useApp.js'
import { page, usePage } from './usePage.js'

describe.each(ENGINES)('in %s:', (engine) => {
  usePage(engine)

  test('on a busy line screen readers hear the first change at once and then summaries, the last of them true', async () => {
    const heard = await listenTo(page, '#news')
    await app.add('second')
    await says(page, '#news', 'Added: second. 2 items in line')
    for (const length of [3, 4, 5, 6, 7, 8]) {
      await app.add(`item ${length}`)
      await says(page, '#length', `${length} items in line`) // each of them on the screen of its own
    }
    await says(page, '#news', '8 items in line', 15_000)
    expect((await heard()).length).toBeLessThan(5) // of 7 changes
  })

  test('what the visitor adds is announced by its answer only, also if the line shows it earlier', async () => {
    const heard = await listenTo(page, '#news')
    await enter(page, 'answered first')
    await says(page, '#said', 'Added as number 2 in line.')
    await intercept(page, '/add', async (request) => {
      await app.add('shown first')
      await shows(page, ['first', 'answered first', 'shown first'])
      const said = '<p id="said">Added as number 3 in line.</p>'
      await request.respond({ contentType: 'text/html', body: await answerToAdd(said) })
    })
    await enter(page, 'shown first')
    await says(page, '#said', 'Added as number 3 in line.')
    await app.add('somebody else’s')
    await says(page, '#news', 'Added: somebody else’s. 4 items in line', 15_000)
    expect(await heard()).toEqual(['Added: somebody else’s. 4 items in line'])
  })

  /** The answer to the add of the last item on the page. */
  async function answerToAdd(said: string): Promise<string> {
    const parts = await page.$$eval('#length, #queue > li:last-child', (all) =>
      all.map((one) => one.outerHTML),
    )
    return said + parts.join('')
  }
})
