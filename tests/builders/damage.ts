import type { MessageInput } from '../../src/domain/service/message-commands.ts'
import { countCommit } from '../../src/engine/commits.ts'
import type { OpenDatabase } from '../../src/engine/open-database.ts'
import type { PackRecord } from '../../src/ports/records/pack.ts'
import type { StoreName, StoreRecords } from '../../src/ports/records.ts'
import { aMessage } from './engine.ts'

/** Question and answer in turn, 2 KB each: about 50 of them fill a pack. */
export const longMessages = (count: number, prefix = 'm'): MessageInput[] =>
  Array.from({ length: count }, (_, index) =>
    aMessage(
      `${prefix}${index}`,
      `${prefix}${index} ${'x'.repeat(2_000)}`,
      index % 2 === 0 ? 'user' : 'assistant',
    ),
  )

/** Packs of a conversation, the oldest first, without their index. */
export const packsOf = (database: OpenDatabase, conversationId: string): Promise<PackRecord[]> =>
  database.read(['packs'], (tx) =>
    tx.scan('packs', { range: { lower: [conversationId, 0], upper: [conversationId, []] } }),
  )

/** Writes something else in the place of a record: what a broken disk or a foreign hand leaves. */
export async function damage<S extends StoreName>(
  database: OpenDatabase,
  store: S,
  record: StoreRecords[S] | undefined,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (record === undefined) throw new Error(`there is nothing to damage in ${store}`)
  await database.storage.write([store, 'commits'], 'relaxed', async (tx) => {
    await countCommit(tx, 'test')
    await tx.put(store, { ...record, ...change })
  })
}
