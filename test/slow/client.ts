/** A visitor's script: JSON in, JSON out. */
export interface LoadedPage {
  readonly version: number
  readonly length: number
  readonly items: readonly { readonly id: number; readonly text: string }[]
  readonly next: string | null
  readonly current: boolean
  /** The `Cache-Status` header. */
  readonly cacheStatus: string
}

export interface WriteAnswer {
  readonly item: { readonly id: number; readonly text: string } | null
  readonly version: number
  readonly length: number
}

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' }

export async function load(url: string): Promise<LoadedPage> {
  const response = await fetch(`${url}/`, { headers: JSON_HEADERS })
  const page = (await succeeded(response)) as Omit<LoadedPage, 'cacheStatus'>
  return { ...page, cacheStatus: response.headers.get('cache-status') ?? '' }
}

export async function add(url: string, text: string): Promise<WriteAnswer> {
  const request = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ text }) }
  return (await succeeded(await fetch(`${url}/add`, request))) as WriteAnswer
}

export async function remove(url: string): Promise<WriteAnswer> {
  return (await succeeded(
    await fetch(`${url}/remove`, { method: 'POST', headers: JSON_HEADERS }),
  )) as WriteAnswer
}

async function succeeded(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return await response.json()
}
