import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { TREE_FUNCTION } from './processTree.js'

// The guard runs in the background of a shell that ends at once. So it is no descendant of this program, and what
// ends this program with all its descendants leaves the guard to clean up.
const SCRIPT = `${TREE_FUNCTION}
  guard() {
    while read -r line; do
      [ "$line" = released ] && exit
      pid=$line
    done
    if [ "$pid" ]; then
      kill -CONT $(tree "$pid")
      all=$(tree "$pid")
      kill -INT "$pid"
      for attempt in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$pid" && sleep 0.2
      done
      kill -KILL $all
    fi
    [ -z "$1" ] || rm -rf "$1"
  }
  guard "$1" <&3 &`

/**
 * Ends a process and removes a folder should this program be gone without having done so, however it went. The
 * guard is a process of its own that waits for the end of its input, which not even a `kill -9` leaves open.
 */
export class OrphanGuard {
  readonly #input: Socket

  constructor(folder = '') {
    const shell = spawn('sh', ['-c', SCRIPT, 'sh', folder], {
      cwd: '/',
      detached: true, // Ctrl-C on the terminal must not reach it
      // Not standard input: Node would close that together with the shell.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    this.#input = shell.stdio[3] as Socket
    // Neither it nor the pipe to it may keep this program running.
    shell.unref()
    this.#input.unref()
  }

  /** The process to end from now on, in place of the one before. */
  watch(pid: number | undefined): void {
    this.#input.write(`${pid ?? ''}\n`)
  }

  /** All has been cleaned up: the guard can go. */
  release(): void {
    this.#input.end('released\n')
  }
}
