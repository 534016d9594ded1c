import { ENGINES, says, texts } from '../support/browser.js'
import { until } from '../support/poll.js'
import { app } from '../support/useApp.js'
import { page, usePage } from './usePage.js'

// What visitors have in their browsers changes our page as well.
describe.each(ENGINES)('in %s:', (engine) => {
  usePage(engine)

  test('a translated page stays translated when somebody adds an item', async () => {
    await app.add('second')
    await says(page, '#queue li:last-child', 'second')
    await page.$$eval('#queue > li', (items) => {
      for (const item of items) item.innerHTML = `<font>übersetzt: ${item.textContent}</font>` // as Google Translate does
    })
    await app.add('third')
    await until('the third is there', async () => (await texts(page)).length === 3)
    expect(await texts(page)).toEqual(['übersetzt: first', 'übersetzt: second', 'third'])
  })

  test('a form that sends nothing, such as a search, is left to the browser', async () => {
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<form action="/nope"><input name="q" value="milk"><button id="search">Search</button></form>')`)
    await Promise.all([page.waitForNavigation(), page.click('#search')])
    expect(page.url()).toBe(`${app.url}/nope?q=milk`)
  })

  test('a form that an extension puts before ours changes nothing for the field', async () => {
    await page.evaluateOnNewDocument(`document.addEventListener('readystatechange', () => {
      if (document.readyState === 'interactive') document.body.prepend(document.createElement('form'))
    })`)
    await page.reload()
    await says(page, '#origin', 'This page: from ') // the scripts have run
    expect(await page.evaluate('document.forms[0] === document.getElementById("text").form')).toBe(false)
    // Else the second half of a double click would complain about an empty field.
    expect(await page.evaluate('document.getElementById("text").form.noValidate')).toBe(true)
  })
})
