import type { ChangeJson, QueueJson } from '../support/testApp.js'

// A visitor's script: JSON in, JSON out.

/** With the `Cache-Status` header. */
type LoadedPage = QueueJson & { readonly cacheStatus: string }

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' }

export async function load(url: string): Promise<LoadedPage> {
  const response = await fetch(`${url}/`, { headers: JSON_HEADERS })
  const page = (await succeeded(response)) as QueueJson
  return { ...page, cacheStatus: response.headers.get('cache-status') ?? '' }
}

export async function add(url: string, text: string): Promise<ChangeJson> {
  const request = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify({ text }) }
  return (await succeeded(await fetch(`${url}/add`, request))) as ChangeJson
}

export async function remove(url: string): Promise<ChangeJson> {
  return (await succeeded(
    await fetch(`${url}/remove`, { method: 'POST', headers: JSON_HEADERS }),
  )) as ChangeJson
}

async function succeeded(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return await response.json()
}
