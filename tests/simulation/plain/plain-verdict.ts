import { isPresent, type MessageValue } from '../../../src/domain/message.ts'
import type { Document } from '../../builders/plain-server.ts'
import { CONVERSATIONS } from '../acts.ts'
import type { Stage } from '../stage.ts'
import type { Tab } from '../tab.ts'
import type { PlainCloud } from './plain-cloud.ts'
import { messageOf, type PlainLedger } from './plain-ledger.ts'
import { wrongTexts } from './plain-texts.ts'
import { textOf } from './telling.ts'

/** What a device shows of one conversation: all branches, the text of each message by its id. */
type View = {
  readonly fields: string
  readonly isTrashed: boolean
  readonly shown: ReadonlyMap<string, string>
}

/** What does not hold (yet) of what is promised of a plain server, in words; docs/simulation.md lists it. */
export async function plainFindings(stage: Stage, account: string, tabs: readonly Tab[]): Promise<string[]> {
  const { cloud, ledger } = stage.plain ?? {}
  if (cloud === undefined || ledger === undefined) return []
  const found: string[] = []
  for (const conversationId of CONVERSATIONS) {
    const name = `${account} ${conversationId}`
    const document = cloud.server(account).document(conversationId)
    const listed = (document?.messages ?? []).map(({ id }) => id)
    if (new Set(listed).size < listed.length) found.push(`${name}: the server has an id twice`)
    // What was deleted for ever or by others is in nobody's promise: it may be in a trash, made anew, or gone.
    if (ledger.purged.has(conversationId) || cloud.deleted.has(name)) continue
    const wanted = wantedIds(stage, account, conversationId, cloud, ledger)
    const views: View[] = []
    for (const tab of tabs) views.push(await viewOf(tab, conversationId, new Set([...listed, ...wanted])))
    const [first, ...others] = views
    if (first === undefined) continue
    // What is in the trash is not put where it is not.
    if (document === undefined && views.every(({ isTrashed, shown }) => isTrashed || shown.size === 0))
      continue
    for (const [index, { shown }] of views.entries())
      for (const id of wanted) if (!shown.has(id)) found.push(`${name}: ${tabs[index]?.name} lacks ${id}`)
    for (const [index, other] of others.entries())
      if (told(other) !== told(first))
        found.push(`${name}: ${tabs[index + 1]?.name} shows ${told(other)}, not ${told(first)}`)
    for (const id of wanted) if (!listed.includes(id)) found.push(`${name}: the server lacks ${id}`)
    for (const message of document?.messages ?? []) {
      const there = textOf(message)
      const here = first.shown.get(message.id) ?? ''
      if (there !== here) found.push(`${name}: the server has ${message.id} as ${there}, devices as ${here}`)
    }
    if (document !== undefined && first.shown.size > 0 && fieldsOn(document) !== first.fields)
      found.push(`${name}: the server has ${fieldsOn(document)}, devices have ${first.fields}`)
    found.push(...wrongTexts(stage, account, conversationId, first.shown))
  }
  return found
}

/** Messages that disks which are still there wrote, and with validators those that other clients were told are written. */
function wantedIds(
  { devices }: Stage,
  account: string,
  conversationId: string,
  cloud: PlainCloud,
  ledger: PlainLedger,
): ReadonlySet<string> {
  const wanted = new Set<string>()
  for (const { browser } of devices) {
    for (const id of browser.store.memory.authored.get(`chats:account-${account}`) ?? []) {
      const operation = ledger.operations.get(id)
      if (operation?.kind !== 'set' || operation.conversationId !== conversationId) continue
      const messageId = messageOf(operation)
      if (messageId !== undefined && isPresent(operation.value as MessageValue)) wanted.add(messageId)
    }
  }
  const prefix = `${account} ${conversationId} `
  if (cloud.hasEtags)
    for (const key of cloud.written) if (key.startsWith(prefix)) wanted.add(key.slice(prefix.length))
  for (const id of [...wanted]) if (ledger.takenOut.has(`${conversationId} ${id}`)) wanted.delete(id)
  return wanted
}

async function viewOf(tab: Tab, conversationId: string, ids: ReadonlySet<string>): Promise<View> {
  const record = await tab.call('getConversation', { conversationId })
  const shown = new Map<string, string>()
  if (record !== undefined && record !== null) {
    for (const leafId of [undefined, ...ids]) {
      if (leafId !== undefined && shown.has(leafId)) continue
      const leaf = leafId === undefined ? {} : { leafId }
      const page = await tab.call('loadMessages', { conversationId, limit: 0, ...leaf })
      for (const { id, message } of page?.messages ?? []) shown.set(id, textOf(message))
    }
  }
  const { title, archived, tags, trashed, pinned } = record ?? {}
  const fields = shown.size === 0 ? '' : fieldsIn({ title, archived, tags, trashed, pinned })
  return { fields, isTrashed: trashed === true, shown }
}

const told = ({ fields, shown }: View): string =>
  `${fields} ${JSON.stringify([...shown].sort(([a], [b]) => (a < b ? -1 : 1)))}`

type Fields = Partial<Record<'title' | 'archived' | 'tags' | 'trashed' | 'pinned', unknown>>

const fieldsIn = ({ title, archived, tags, trashed, pinned }: Fields): string =>
  JSON.stringify({ title, archived, tags, trashed, pinned })

/** A flag that nobody set may not be there. */
function fieldsOn({ title, archived = false, tags, chatkeep }: Document): string {
  const { trashed = false, pinned = false } = (chatkeep ?? {}) as Fields
  const sorted = Array.isArray(tags) ? tags.toSorted() : []
  return fieldsIn({ title, archived, tags: sorted, trashed, pinned })
}
