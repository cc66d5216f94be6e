import type { ConversationRecord } from '../../src/ports/records/conversation.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Stage } from './history.ts'
import type { Store } from './store.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

const OPENING_MS = 5 * 60_000

/** Counts conversations whose values were freed. */
export function noteFreed(world: World, store: Store, changes: readonly TableChange[]): void {
  for (const { store: table, before, after } of changes)
    if (table === 'conversations' && isFreed(after) && !isFreed(before))
      world.fired('values-freed', `${store.name} ${(after as ConversationRecord).id}`)
}

const isFreed = (record: unknown): boolean => {
  const { absent, lacking } = (record ?? {}) as Partial<ConversationRecord>
  return absent !== undefined && lacking !== undefined
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
