import { ARTICLE } from '../ways.js'
import { LEFT_OUT } from './ours.js'
import { USUAL } from './usual.js'

interface Titled {
  readonly id: string
  readonly title: string
  readonly sentence: string
}

/**
 * The page docs/races.md, in Markdown.
 *
 * @param statesOfNone how many states the search of an app without a cache has reached
 * @param statesOfOurs the same for this app; none of them shows a stale page
 */
export function racesPage(statesOfNone: number, statesOfOurs: number): string {
  return `# The races

How can a cache show an old page, although each line of the code looks right? A search tries **every order** of the steps
that two writers and two page loads can take. Each picture shows the shortest order that ends with a stale page: a page that
does not show a write that was answered before the page was requested. Time runs downwards. The step that causes it and the
stale page are red.

(\`npm run lab -- --gallery\` makes this page. A test fails if the search finds something else. \`npm run lab\` shows the same
races on real servers.)

## The usual ways

The first three are the steps that [MemCachier's articles for Heroku](${ARTICLE}) teach. Their code is in
[lab/ways](../lab/ways). At the start version 1 is in Postgres and in memcached.

${USUAL.map(section).join('\n')}
### no cache

None in ${number(statesOfNone)} states: without a cache every page load asks Postgres.

## This app

**None in ${number(statesOfOurs)} states**: two writers and two page loads on four processes, with a flush, an operation on the cache
that fails, or a neighbour that overwrites the key. [How the cache stays true](how-the-cache-stays-true.md) says why. Each of
its rules is needed. If one rule is left out, the search finds a stale page:

${LEFT_OUT.map(section).join('\n')}`
}

function section({ id, title, sentence }: Titled): string {
  return `### ${title}

![${title}: the steps to a stale page, one after the other](races/${id}.svg)

${sentence}
`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
