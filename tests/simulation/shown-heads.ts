import type { ConversationRecord, MessageRecord } from '../../src/ports/records.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** What a device has shown never goes back: what was a head there and is none any more does not become one again. */
export function checkHeads(
  world: World,
  store: Store,
  database: string,
  changes: readonly TableChange[],
): void {
  const { memory } = store
  for (const { store: table, after } of changes) {
    if (after === undefined) continue
    if (table === 'conversations') {
      const record = after as ConversationRecord
      for (const [register, heads] of Object.entries(record.registers))
        noteHeads(`${database} ${record.id} ${register}`, heads)
    } else if (table === 'messages') {
      const record = after as MessageRecord
      if (record.moved !== true)
        noteHeads(`${database} ${record.conversationId} message:${record.id}`, record.heads)
    }
  }

  function noteHeads(register: string, heads: readonly { readonly id: string }[]): void {
    const now = new Set(heads.map(({ id }) => id))
    for (const id of memory.heads.get(register) ?? []) {
      if (!now.has(id)) memory.left.add(`${database} ${id}`)
    }
    for (const id of now) {
      if (memory.left.has(`${database} ${id}`))
        world.fail('nothing goes back', `${store.name} ${register} shows ${id} again`)
    }
    memory.heads.set(register, now)
  }
}
