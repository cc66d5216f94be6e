import type { StorageFactory } from '../../src/ports/storage.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'

/** A storage on which a process dies at the n-th thing that it does there: request, commit, opening or removal. */
export function aDyingStorage() {
  let left = Number.POSITIVE_INFINITY
  let died: (() => void) | undefined
  const step = (): Promise<never> | undefined => {
    if (--left !== 0) return undefined
    memory.crash()
    died?.()
    return new Promise<never>(() => {})
  }
  const memory = createMemoryStorage({ onRequest: step, onCommit: step })
  const storage: StorageFactory = {
    ...memory,
    async open(name, options) {
      await step()
      const opened = await memory.open(name, options)
      await step()
      return opened
    },
    async remove(name) {
      await step()
      await memory.remove(name)
      await step()
    },
  }
  return {
    storage,
    /** Runs `act` until it ends or dies at its n-th step. Answers whether it died. */
    async dyingAt(n: number, act: () => Promise<unknown>): Promise<boolean> {
      left = n
      const death = new Promise<boolean>((resolve) => {
        died = () => resolve(true)
      })
      const ended = act().then(() => false)
      const result = await Promise.race([ended, death])
      left = Number.POSITIVE_INFINITY
      return result
    },
  }
}
