import axe from 'axe-core'
import type { Page, SerializedAXNode } from 'puppeteer-core'

/** What axe finds wrong with a page, each with the elements that it is about. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const results = (await page.evaluate('axe.run()')) as axe.AxeResults
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`)
}

/** How much the backgrounds of these elements stand out from the one behind them, as axe counts. */
export async function contrastsWith(page: Page, behind: string, selector: string): Promise<number[]> {
  await page.evaluate(axe.source)
  return (await page.evaluate(`{
    const { Color, getContrast } = axe.commons.color
    const colourOf = (element) => {
      const colour = new Color()
      colour.parseString(getComputedStyle(element).backgroundColor)
      return colour
    }
    const behind = colourOf(document.querySelector('${behind}'));
    [...document.querySelectorAll('${selector}')].map((element) => getContrast(behind, colourOf(element)))
  }`)) as number[]
}

/** What a screen reader says of an element, the text that styles put there included. Chromium only. */
export async function spoken(page: Page, selector: string): Promise<string> {
  const root = await page.$(selector)
  const snapshot = await page.accessibility.snapshot({ interestingOnly: false, ...(root && { root }) })
  return snapshot ? textOf(snapshot).replace(/\s+/g, ' ').trim() : ''
}

function textOf({ role, name = '', children = [] }: SerializedAXNode): string {
  return role === 'StaticText' ? name : children.map(textOf).join(' ')
}
