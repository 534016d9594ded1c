import { execFile } from 'node:child_process'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cpuUs } from './accounting.js'

const AUTOCANNON = fileURLToPath(new URL('../node_modules/.bin/autocannon', import.meta.url))
const FORM = ['-m', 'POST', '-H', 'content-type=application/x-www-form-urlencoded']
const ADD_BODY = `text=${'x'.repeat(20)}`

/** A web server under test. */
export interface Target {
  readonly url: string
  readonly pid: number
}

export interface Load {
  readonly connections: number
  /** For how long, or for how many requests. */
  readonly seconds?: number
  readonly requests?: number
  /** Adds an item with each request; otherwise the page is loaded. */
  readonly adds?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export interface Rate {
  /** How many requests were answered. */
  readonly requests: number
  readonly perSecond: number
  /** Processor time of the web server for each request. */
  readonly cpuUs: number
}

interface AutocannonResult {
  readonly duration: number
  readonly errors: number
  readonly timeouts: number
  readonly requests: { readonly total: number }
  readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>
}

/** Puts load on a web server from a separate process, and counts the answers. */
export async function put(target: Target, load: Load): Promise<Rate> {
  const { connections, seconds, requests, adds, headers = {} } = load
  const expected = adds ? '303' : headers['if-none-match'] ? '304' : '200'
  const args = ['--json', '--no-progress', '-t', '60', '-c', String(connections)]
  args.push(...(requests ? ['-a', String(requests)] : ['-d', String(seconds)]))
  if (adds) args.push(...FORM, '-b', ADD_BODY)
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`)
  const beganUs = cpuUs(target.pid)
  const { stdout } = await promisify(execFile)(AUTOCANNON, [...args, target.url + (adds ? '/add' : '/')])
  const usedUs = cpuUs(target.pid) - beganUs
  const result = JSON.parse(stdout) as AutocannonResult
  const answered = result.statusCodeStats[expected]?.count ?? 0
  if (result.errors + result.timeouts > 0 || answered !== result.requests.total)
    throw new Error(`Not every request was answered with ${expected}: ${stdout}`)
  return { requests: answered, perSecond: answered / result.duration, cpuUs: usedUs / answered }
}

/** Adds one item after another. @returns how long each took, in ms. A load tool's histogram is too coarse for that. */
export async function addOneByOne(target: Target, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tookMs: number[] = []
  for (let i = 0; i < count; i++) {
    const beganAtMs = performance.now()
    await add(target, agent)
    tookMs.push(performance.now() - beganAtMs)
  }
  agent.destroy()
  return tookMs
}

function add({ url }: Target, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': ADD_BODY.length,
    }
    request(`${url}/add`, { agent, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 303) resolve()
        else reject(new Error(`An add was answered with ${response.statusCode}`))
      })
    })
      .once('error', reject)
      .end(ADD_BODY)
  })
}
