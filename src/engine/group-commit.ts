import { type Deferred, deferred } from './deferred.ts'

/** Most members of one transaction: 32 appends in one strict transaction cost less than half of 32 relaxed ones. */
const MAX_GROUP = 64

type Member<Unit> = {
  readonly work: (unit: Unit) => Promise<unknown>
  /** Says what the work will read. */
  readonly announce: ((unit: Unit) => void) | undefined
  readonly settled: Deferred<unknown>
}

/**
 * Runs work that arrives while a transaction is under way together in the next one. Every member is told only when its transaction
 * is complete. If a group fails, its members run one by one, so that only the culprit fails.
 */
export function createGroupCommit<Unit>(
  transact: (work: (unit: Unit) => Promise<void>) => Promise<void>,
): <T>(work: (unit: Unit) => Promise<T>, announce?: (unit: Unit) => void) => Promise<T> {
  let waiting: Member<Unit>[] = []
  let running = false

  async function commitOne(member: Member<Unit>): Promise<void> {
    let result: unknown
    try {
      await transact(async (unit) => {
        member.announce?.(unit)
        result = await member.work(unit)
      })
    } catch (error) {
      return member.settled.reject(error)
    }
    member.settled.resolve(result)
  }

  async function commitGroup(group: readonly Member<Unit>[]): Promise<void> {
    let results: unknown[] = []
    try {
      await transact(async (unit) => {
        results = []
        for (const member of group) member.announce?.(unit)
        for (const member of group) results.push(await member.work(unit))
      })
    } catch {
      // Nothing of the group was written. Each member runs alone and gets its own error or result.
      for (const member of group) await commitOne(member)
      return
    }
    for (const [index, member] of group.entries()) member.settled.resolve(results[index])
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const group = waiting.slice(0, MAX_GROUP)
      waiting = waiting.slice(MAX_GROUP)
      const [only] = group
      if (group.length === 1 && only !== undefined) await commitOne(only)
      else await commitGroup(group)
    }
    running = false
  }

  return <T>(work: (unit: Unit) => Promise<T>, announce?: (unit: Unit) => void): Promise<T> => {
    const settled = deferred<unknown>()
    waiting.push({ work, announce, settled })
    if (!running) void run()
    return settled.promise as Promise<T>
  }
}
