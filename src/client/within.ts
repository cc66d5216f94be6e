import type { Clock } from '../ports/clock.ts'

/**
 * The promise's own end, or a rejection with `error()` when that takes longer. What comes too late is given to `onLate`, so
 * that nothing stays open unnoticed.
 */
export function within<T>(
  clock: Pick<Clock, 'setTimer'>,
  limitMs: number,
  promise: Promise<T>,
  error: () => Error,
  onLate: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false
    const cancel = clock.setTimer(() => {
      late = true
      reject(error())
    }, limitMs)
    promise.then(
      (value) => {
        cancel()
        if (late) onLate(value)
        else resolve(value)
      },
      (reason: unknown) => {
        cancel()
        reject(reason)
      },
    )
  })
}
