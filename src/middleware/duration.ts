/** `1 second`, `12 seconds`: for a sentence that says how long to wait. */
export function inSeconds(seconds: number): string {
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}
