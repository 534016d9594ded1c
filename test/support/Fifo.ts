import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'

/** A named pipe that this process holds open: it has a reader then, which reads when the test says so. */
export class Fifo {
  readonly fd: number

  constructor(path: string) {
    execFileSync('mkfifo', [path])
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** Fills it: nobody can write into it until it is read. */
  fill(): void {
    const chunk = Buffer.alloc(4096, '.')
    untilBusy(() => writeSync(this.fd, chunk))
  }

  /** All that is in it. */
  read(): string {
    const chunk = Buffer.alloc(1024 * 1024)
    let text = ''
    untilBusy(() => {
      text += chunk.toString('utf8', 0, readSync(this.fd, chunk))
    })
    return text
  }

  close(): void {
    closeSync(this.fd)
  }
}

function untilBusy(act: () => void): void {
  try {
    for (;;) act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
}
