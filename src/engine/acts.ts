import type { MutationId } from '../domain/ids.ts'
import type { MutationRecord, StoreName } from '../ports/records.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { announceCommand, announceConversation, type Use } from './announce.ts'
import type { CommandUnit } from './command-unit.ts'
import { assertOpen } from './database-state.ts'
import { withMending } from './mending/with-mending.ts'
import type { OpenDatabase } from './open-database.ts'

const READ_STORES: readonly StoreName[] = [
  'conversations',
  'messages',
  'packs',
  'drafts',
  'blobs',
  'settings',
  'sync_metadata',
]

/** How methods read and write an open database: each rejects where its conversations have gone elsewhere. */
export function createActs(database: OpenDatabase) {
  function read<T>(work: (tx: ReadTransaction) => Promise<T>): Promise<T> {
    return database.read(READ_STORES, async (tx) => {
      const [result, state] = await Promise.all([work(tx), tx.get('settings', 'state')])
      assertOpen(database.name, state)
      return result
    })
  }

  /** Reads again once what is damaged of a conversation is set aside. */
  function reading<T>(conversationId: string, work: () => Promise<T>): Promise<T> {
    return withMending((touched) => {
      touched.add(conversationId)
      return work()
    }, database.mend)
  }

  /** One act, once: its effect and its result are written together, and a repeat gets the result. */
  function command<T>(
    mutationId: MutationId,
    work: (unit: CommandUnit) => Promise<T>,
    uses: readonly Use[] = [],
  ): Promise<T> {
    return database.command('strict', once(mutationId, work), ({ tx }) => {
      announceCommand(tx, mutationId)
      for (const use of uses) announceConversation(tx, use)
    })
  }

  /** An act of thousands of messages, in a relaxed transaction of its own. */
  function bulk<T>(
    mutationId: MutationId,
    work: (unit: CommandUnit) => Promise<T>,
    announce: (unit: CommandUnit) => void,
  ): Promise<T> {
    return database.bulk(once(mutationId, work), (unit) => {
      announceCommand(unit.tx, mutationId)
      announce(unit)
    })
  }

  const once =
    <T>(mutationId: MutationId, work: (unit: CommandUnit) => Promise<T>) =>
    async (unit: CommandUnit): Promise<T> => {
      const [state, known] = await Promise.all([
        unit.tx.get('settings', 'state'),
        unit.tx.get('mutations', mutationId),
      ])
      // Before anything else: whoever repeats an act that was done hears so, wherever the conversations went since.
      // A result that cannot be read is made again: the same act makes the same operations.
      if (known !== undefined && 'result' in known) return (known.result ?? undefined) as T
      assertOpen(database.name, state)
      const result = await work(unit)
      const record: MutationRecord = { mutationId, createdAt: unit.now, result: result ?? null }
      await unit.tx.put('mutations', record)
      return result
    }

  function relaxed<T>(work: (unit: CommandUnit) => Promise<T>): Promise<T> {
    const run = async (unit: CommandUnit) => {
      assertOpen(database.name, await unit.tx.get('settings', 'state'))
      return work(unit)
    }
    return database.command('relaxed', run, ({ tx }) => tx.willGet('settings', 'state'))
  }

  return { read, reading, command, bulk, relaxed }
}
