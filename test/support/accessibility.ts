import axe from 'axe-core'
import type { Page } from 'puppeteer-core'

/** What axe finds wrong with a page, each with the elements that it is about. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const results = (await page.evaluate('axe.run()')) as axe.AxeResults
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`)
}
