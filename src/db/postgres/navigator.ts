// pg asks `navigator` whether it runs at Cloudflare. Node has that from version 21 on. Without it, pg creates a
// `Response`, for which Node loads its whole HTTP client. That would take 80 ms and 7 MB at each start.
if (!('navigator' in globalThis)) {
  Object.defineProperty(globalThis, 'navigator', {
    value: { userAgent: `Node.js/${process.versions.node}` },
    configurable: true,
    writable: true,
  })
}
