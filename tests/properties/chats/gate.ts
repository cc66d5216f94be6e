/** Work that waits until the test lets it go: in its order, or in any. */
export type Gate = {
  /** Resolves when it is this one's turn. Never, once the gate is shut. */
  turn(): Promise<void>
  /** Lets one go; answers whether any waited. */
  open(index?: number): boolean
  /** Whatever waits, or comes later, waits for ever. */
  shut(): void
}

export function createGate(): Gate {
  const waiting: (() => void)[] = []
  let isShut = false
  return {
    turn: () =>
      new Promise((resolve) => {
        if (!isShut) waiting.push(resolve)
      }),
    open(index = 0) {
      const [next] = waiting.splice(index % Math.max(1, waiting.length), 1)
      next?.()
      return next !== undefined
    },
    shut() {
      isShut = true
      waiting.length = 0
    },
  }
}
