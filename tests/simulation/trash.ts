import type { ConversationCommand } from '../../src/domain/service/command.ts'
import type { ConversationRecord } from '../../src/ports/records/conversation.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/**
 * Somebody puts a conversation into the trash: there it is, if nobody else wrote to it and nothing came from the cloud in between. What is
 * written in the same transaction (several tabs at one moment share one, and a revision) was not seen by this person, and shows it again.
 */
export async function trash(world: World, tab: Tab, command: ConversationCommand): Promise<void> {
  const { conversationId } = command
  const { store } = tab.browser
  const heard = store.heardCount
  const before = headsOf(tab, conversationId)
  const trashed = await tab.call('trashConversation', command)
  const now = await tab.call('getConversation', { conversationId })
  if (trashed === undefined || now?.revision !== trashed.revision || heard !== store.heardCount) return
  if (now.trashed) return
  const values = trashedOf(tab, conversationId)
  if (values[0] === null) return // Restored in the same transaction.
  const recorded = new Set(values.flatMap((value) => (value as { heads?: string[] }).heads ?? []))
  const isUnseen = (id: string) => !recorded.has(id) && !before.has(id)
  if ([...headsOf(tab, conversationId)].some(isUnseen)) return
  world.fail('trash records what is there', `${tab.name} still shows ${conversationId}`)
}

/** Heads of everything but `trashed` that were committed last. */
function headsOf(tab: Tab, conversationId: string): ReadonlySet<string> {
  const of = `${tab.session()?.database ?? ''} ${conversationId} `
  const registers = [...tab.browser.store.memory.heads].filter(
    ([register]) => register.startsWith(of) && register !== `${of}trashed`,
  )
  return new Set(registers.flatMap(([, ids]) => [...ids]))
}

function trashedOf(tab: Tab, conversationId: string): readonly unknown[] {
  const tables = tab.browser.storage.snapshot().get(tab.session()?.database ?? '')
  const records = (tables?.conversations.scan({}) ?? []) as ConversationRecord[]
  const heads = records.find(({ id }) => id === conversationId)?.registers.trashed ?? []
  return heads.map(({ value }) => value)
}
