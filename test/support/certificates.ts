import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files in PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** Makes a certificate authority with openssl. */
export function createAuthority(folder: string, name: string): Certificate {
  return request(folder, name, ['-x509', '-days', '1'])
}

/** Makes a server's certificate for a host name, signed by an authority. */
export function createCertificate(folder: string, hostName: string, authority: Certificate): Certificate {
  const { certificate: unsigned, key } = request(folder, `server-${hostName}`, [])
  const certificate = join(folder, `server-${hostName}.signed.crt`)
  const extensions = join(folder, 'extensions')
  writeFileSync(extensions, `subjectAltName=DNS:${hostName}`)
  const what = ['-in', unsigned, '-out', certificate, '-days', '1', '-extfile', extensions]
  const signer = ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial']
  openssl(['x509', '-req', ...what, ...signer])
  return { certificate, key }
}

function request(folder: string, name: string, options: readonly string[]): Certificate {
  const made = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', made.key, '-out', made.certificate]
  openssl(['req', ...options, ...curve, '-subj', `/CN=${name}`, ...files])
  return made
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
