import type { ConversationRecord, SeenRecord } from '../../src/ports/records.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Stage } from './history.ts'
import type { Ledger } from './ledger.ts'
import type { Store } from './store.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

const OPENING_MS = 5 * 60_000

/** Counts conversations whose values were freed, and lets what a lost value overwrote count again: it was nowhere else to be seen. */
export function noteFreed(
  world: World,
  store: Store,
  database: string,
  changes: readonly TableChange[],
  operations: Ledger['operations'],
): void {
  for (const { store: table, before, after } of changes) {
    if (table === 'conversations' && isFreed(after) && !isFreed(before))
      world.fired('values-freed', `${store.name} ${(after as ConversationRecord).id}`)
    if (table === 'seen' && (before as SeenRecord | undefined)?.register === 'lacking')
      for (const id of idsIn(before)) if (!idsIn(after).has(id)) forgetBelow(store, database, id, operations)
  }
}

const isFreed = (record: unknown): boolean => {
  const { absent, lacking } = (record ?? {}) as Partial<ConversationRecord>
  return absent !== undefined && lacking !== undefined
}

const idsIn = (record: unknown): ReadonlySet<string> =>
  new Set(Object.values((record as SeenRecord | undefined)?.lacking ?? {}).flatMap((ids) => Object.keys(ids)))

function forgetBelow(store: Store, database: string, id: string, operations: Ledger['operations']): void {
  const todo = [id]
  for (let above = todo.pop(); above !== undefined; above = todo.pop()) {
    const operation = operations.get(above)
    if (operation === undefined || operation.kind === 'purge') continue
    for (const below of operation.overwrites)
      if (store.memory.left.delete(`${database} ${below}`)) todo.push(below)
  }
}

const conversationsOf = (tab: Tab): readonly ConversationRecord[] =>
  (tab.browser.storage
    .snapshot()
    .get(tab.session()?.database ?? '')
    ?.conversations.scan({}) ?? []) as ConversationRecord[]

/** Somebody opens every conversation. What was freed has to come back whole: it was confirmed, and the cloud forgets no head. */
export async function openAll({ world }: Pick<Stage, 'world'>, tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) void open(tab)
  await world.settle()
  await world.runUntil(world.now() + OPENING_MS)
  for (const tab of tabs) {
    for (const { id, absent, lacking } of conversationsOf(tab)) {
      if (absent === undefined && lacking === undefined) continue
      const what = JSON.stringify(lacking ?? 'listed')
      world.fail('durability: a freed value can be fetched again', `${tab.name} ${id} still lacks ${what}`)
    }
  }
}

async function open(tab: Tab): Promise<void> {
  for (const { id, absent } of conversationsOf(tab))
    if (absent !== undefined) await tab.call('fetchConversation', { conversationId: id })
}
