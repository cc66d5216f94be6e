/**
 * Runs work one after the other, of which the next begins when the one before has done its own and only waits for others: while one
 * transaction commits, the next hands over what it writes.
 */
export function createPipeline(): <T>(work: (onDone: () => void) => Promise<T>) => Promise<T> {
  let before: Promise<void> = Promise.resolve()
  return async (work) => {
    const turn = before
    let onDone = () => {}
    before = new Promise((resolve) => {
      onDone = resolve
    })
    await turn
    try {
      return await work(onDone)
    } finally {
      onDone()
    }
  }
}
