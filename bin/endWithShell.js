const PARENT_CHECK_MS = 250

/**
 * npm sends its SIGTERM to the shell that runs the script, and the shell ends without us. Then nobody would end this
 * program, and it would keep its port, its folders and the servers that it started.
 */
export function endWithShell() {
  const shell = process.ppid
  const check = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(check)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_CHECK_MS)
  check.unref()
}
