import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { TREE_FUNCTION } from './processTree.js'

const SCRIPT = `${TREE_FUNCTION}
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
  [ -z "$1" ] || rm -rf "$1"`

/**
 * Ends a process and removes a folder should this program be gone without having done so, however it went. The
 * guard is a process of its own that waits for the end of its input, which not even a `kill -9` leaves open.
 */
export class OrphanGuard {
  readonly #shell: ChildProcess
  readonly #input: Socket

  constructor(folder = '') {
    this.#shell = spawn('sh', ['-c', SCRIPT, 'sh', folder], {
      cwd: '/',
      detached: true, // Ctrl-C on the terminal must not reach it
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#input = this.#shell.stdin as Socket
    // Neither it nor the pipe to it may keep this program running.
    this.#shell.unref()
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
