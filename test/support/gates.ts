import { until } from './poll.js'

/** A point at which code waits until the test opens it. */
export interface Gate {
  /** Resolves when code waits at the gate; rejects if that never happens. */
  readonly reached: Promise<void>
  /** Opens the gate for the code that waits and for all later calls. */
  open(): void
  /** Waits here until the gate is open. */
  wait(): Promise<void>
}

interface Pause {
  /** Resolves when the call has stopped; rejects if the call is never made. */
  readonly reached: Promise<void>
  /** Lets the call go on. */
  resume(): void
}

type AsyncMethod = (...args: unknown[]) => Promise<unknown>

type AsyncMethodName<T> = {
  [Name in keyof T]: T[Name] extends (...args: never[]) => Promise<unknown> ? Name : never
}[keyof T]

/** A closed gate. If nothing ever reaches it, the failure contains the description. */
export function gate(description = 'somebody reaches the gate'): Gate {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let visited = false
  return {
    get reached() {
      return until(description, () => visited)
    },
    open,
    async wait() {
      visited = true
      await opened
    },
  }
}

/** Stops the next call of a method before it runs; later calls pass. */
export function pauseBefore<T extends object>(target: T, method: AsyncMethodName<T>): Pause {
  return pauseNextCall(target, method, async (stop, run) => {
    await stop()
    return run()
  })
}

/** Stops the next call of a method after it ran, or failed, before its caller gets the result; later calls pass. */
export function pauseAfter<T extends object>(target: T, method: AsyncMethodName<T>): Pause {
  return pauseNextCall(target, method, async (stop, run) => {
    try {
      return await run()
    } finally {
      await stop()
    }
  })
}

function pauseNextCall<T extends object>(
  target: T,
  method: AsyncMethodName<T>,
  around: (stop: () => Promise<void>, run: () => Promise<unknown>) => Promise<unknown>,
): Pause {
  const here = gate(`the paused call of ${String(method)} comes to its stop`)
  const original = target[method] as AsyncMethod
  const ownProperty = Object.getOwnPropertyDescriptor(target, method)

  function restore(): void {
    if (ownProperty) Object.defineProperty(target, method, ownProperty)
    else Reflect.deleteProperty(target, method)
  }

  function pausedCall(this: unknown, ...args: unknown[]): Promise<unknown> {
    restore()
    return around(here.wait, () => original.apply(this, args))
  }
  Object.defineProperty(target, method, { configurable: true, writable: true, value: pausedCall })

  return {
    get reached() {
      return here.reached
    },
    resume() {
      if (target[method] === (pausedCall as unknown)) restore()
      here.open()
    },
  }
}
