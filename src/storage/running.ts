/** The transactions of one connection that have not ended. */
export type Running = {
  /** Counts a transaction until it settles; answers it unchanged. */
  track<T>(transaction: Promise<T>): Promise<T>
  /** Resolves when all that were tracked so far have settled. */
  ended(): Promise<void>
}

export function createRunning(): Running {
  const running = new Set<Promise<void>>()
  return {
    track: (transaction) => {
      const settled: Promise<void> = transaction.then(
        () => void running.delete(settled),
        () => void running.delete(settled),
      )
      running.add(settled)
      return transaction
    },
    ended: async () => {
      await Promise.all(running)
    },
  }
}
