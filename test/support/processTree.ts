import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** `tree PID` for the shell: the process and all its descendants. Small images have no `ps`. */
export const TREE_FUNCTION = `
  tree() {
    echo "$1"
    if [ -d /proc/self ]; then set -- $(cat "/proc/$1"/task/*/children 2>/dev/null); else set -- $(pgrep -P "$1"); fi
    for child; do tree "$child"; done
  }`

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)]
}

function childrenOf(pid: number): number[] {
  if (!existsSync('/proc/self')) return numbersIn(spawnSync('pgrep', ['-P', String(pid)]).stdout.toString())
  const threads = unlessEnded(() => readdirSync(`/proc/${pid}/task`), [])
  return threads.flatMap((thread) =>
    numbersIn(unlessEnded(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'), '')),
  )
}

/** What is read of a process or thread that may end at any moment. */
function unlessEnded<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

function numbersIn(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number)
}

/** Sends a signal to a process and then to all its descendants. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  // The parent first: once it is stopped, it starts no more children that would be missing in the list.
  if (signal === 'SIGSTOP') sendSignal(pid, signal)
  for (const member of processTree(pid)) sendSignal(member, signal)
}

/** Whether the process still runs. */
export function isRunning(pid: number): boolean {
  if (!existsSync('/proc/self')) return sendSignal(pid, 0)
  try {
    // What has ended is listed as a zombie until its parent collects it, which some containers never do.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z'
  } catch {
    return false // collected
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    // Not `instanceof Error`: Jest runs tests in a realm of their own, and this error comes from outside of it.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
