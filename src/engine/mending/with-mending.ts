import { ChatkeepError } from '../../domain/errors.ts'

/**
 * Whether a failure may come of a damaged record: one that says so, or one of those that working on something of the wrong type ends in.
 * Only then records are looked at one by one, so that nobody pays for it as long as they are sound.
 */
export function mayBeDamage(error: unknown): boolean {
  if (error instanceof ChatkeepError) return error.code === 'storage/corrupt'
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
}

/** The conversation that a failure names. */
export function namedIn(error: unknown): string | undefined {
  const id = error instanceof ChatkeepError ? error.details.conversationId : undefined
  return typeof id === 'string' ? id : undefined
}

/**
 * Does work again that may have failed for a damaged record, once what it was about is mended. `touched` collects the conversations that it
 * had in hand; `mend` answers whether there was anything to mend. Each is looked at once: what is sound and fails has another reason.
 */
export async function withMending<T>(
  work: (touched: Set<string>) => Promise<T>,
  mend: (conversationId: string) => Promise<boolean>,
): Promise<T> {
  const looked = new Set<string>()
  for (;;) {
    const touched = new Set<string>()
    try {
      return await work(touched)
    } catch (error) {
      if (!mayBeDamage(error)) throw error
      const named = namedIn(error)
      if (named !== undefined) touched.add(named)
      let isMended = false
      for (const id of touched) {
        if (looked.has(id)) continue
        looked.add(id)
        // Its own failure says less than the first.
        if (await mend(id).catch(() => false)) isMended = true
      }
      if (!isMended) throw error
    }
  }
}
