/** The version that a page in JSON begins with; null if there is no page. */
export function versionIn(page: Buffer | string | null | undefined): number | null {
  const [, version] = /"version"\s*:\s*(\d+)/.exec(page?.toString('utf8').slice(0, 60) ?? '') ?? []
  return version === undefined ? null : Number(version)
}
