/** The server's own number for what it held, and the connection that it was told over. */
export class CasToken {
  readonly client: object
  readonly cas: Buffer
  /** By the clock of the process that stored it. 0 if that did not say so. */
  readonly storedAtSeconds: number

  constructor(client: object, cas: Buffer, storedAtSeconds: number) {
    this.client = client
    this.cas = cas
    this.storedAtSeconds = storedAtSeconds
  }
}

/** No token at all. In a compare-and-swap it would mean "whatever is there". */
export function isZero(cas: Buffer): boolean {
  return cas.every((byte) => byte === 0)
}
