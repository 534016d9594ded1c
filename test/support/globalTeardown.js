import './typescript.js'

export default async function globalTeardown() {
  const { stopTestServers } = await import('./testServers.ts')
  await stopTestServers()
}
