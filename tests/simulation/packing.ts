import { decodePackIndex, PACK_INDEX_BORN } from '../../src/engine/pack-index.ts'
import type { MessageRecord } from '../../src/ports/records/message.ts'
import type { PackRecord } from '../../src/ports/records/pack.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** So low that a history folds each of its conversations several times, into several packs. */
export const LOW_LIMITS = { longTail: 4, keptTail: 2, packBytes: 1_200, newestPack: 3 }

/** Counts what becomes of messages in packs: which went into one, or into several at once, and which that lie in one were edited or purged. */
export function notePacks(
  world: World,
  { name, memory }: Store,
  database: string,
  changes: readonly TableChange[],
): void {
  const tail = new Map<string, { before: MessageRecord | undefined; after: MessageRecord | undefined }>()
  for (const { store, before, after } of changes) {
    if (store !== 'messages') continue
    const record = (after ?? before) as MessageRecord | undefined
    if (record === undefined) continue
    const key = `${database} ${record.conversationId}\n${record.id}`
    const first = tail.has(key) ? tail.get(key)?.before : (before as MessageRecord | undefined)
    tail.set(key, { before: first, after: after as MessageRecord | undefined })
  }
  for (const [key, { before, after }] of tail) {
    const [conversation = '', id = ''] = key.split('\n')
    const isPacked = memory.packed.get(conversation)?.has(id) === true
    if (isPacked && before === undefined && after !== undefined && after.moved !== true)
      world.fired('packed-edited', name)
  }
  for (const { store, before, after } of changes) {
    const record = (after ?? before) as PackRecord | undefined
    if (store !== 'packs' || record?.firstBorn !== PACK_INDEX_BORN) continue
    const conversation = `${database} ${record.conversationId}`
    const packed = new Set(decodePackIndex(after as PackRecord | undefined).map(({ id }) => id))
    const old = memory.packed.get(conversation) ?? new Set()
    const isFolded = (id: string) => {
      const moved = tail.get(`${conversation}\n${id}`)
      return moved?.before !== undefined && moved.after === undefined
    }
    if (before === undefined && !tail.size && packed.size > LOW_LIMITS.newestPack)
      world.fired('packed-whole', name)
    if ([...packed].some(isFolded)) world.fired('folded', name)
    else if ([...old].some((id) => !packed.has(id))) world.fired('packed-purged', name)
    memory.packed.set(conversation, packed)
  }
}
