// A web app as small as can be, made of the package's public entry point only. It registers at startup, and gives tests the
// client on `window`.
import {
  type ChatkeepClient,
  type ClientEvent,
  type ClientStatus,
  type DraftWriter,
  type RegisterOptions,
  register,
} from 'chatkeep'
import { readBack } from './read-back.ts'

/** Options that fit into the page's address; functions do not. */
export type PageOptions = Omit<RegisterOptions, 'onEvent' | 'cloud'> & {
  /** Null: the app names none. */
  readonly cloud?: { readonly url: string; readonly token?: string; readonly dialect?: 'plain' } | null
}
export type PageOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly code?: unknown; readonly message: string } }

/** Which build of this page it is. */
declare const __PAGE_BUILD__: string

const startedAt = performance.now()
const options: PageOptions = JSON.parse(new URLSearchParams(location.search).get('options') ?? '{}')
const { cloud: named, ...others } = options
const cloud = named ?? undefined
const dialect = cloud?.dialect === undefined ? {} : { dialect: cloud.dialect }
const getToken = cloud?.token === undefined ? {} : { getToken: () => cloud.token ?? null }
const events: ClientEvent[] = []
const changes: unknown[] = []
const statuses: ClientStatus[] = []
const violations: string[] = []
/** What commands answered: each has a promise of the cloud, which costs calls once somebody looks at it. */
const savedHere: { readonly synced: Promise<void> }[] = []
const draftsById = new Map<string, DraftWriter>()

document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} ${blockedURI}`)
})

const client: Promise<ChatkeepClient> = register({
  ...others,
  ...(cloud === undefined ? {} : { cloud: { url: cloud.url, ...dialect, ...getToken } }),
  onEvent: (event) => void events.push(event),
}).then((registered) => {
  registered.subscribe((change) => void changes.push(change))
  registered.onStatus((status) => void statuses.push(status))
  driver.readyAfterMs = performance.now() - startedAt
  return registered
})

async function settled(work: () => unknown): Promise<PageOutcome> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    const { code, message, details } = error as { code?: unknown; message: string; details?: unknown }
    return { ok: false, error: { code, message, ...(details === undefined ? {} : { details }) } }
  }
}

const driver = {
  build: __PAGE_BUILD__,
  client,
  events,
  changes,
  statuses,
  violations,
  readyAfterMs: undefined as number | undefined,
  /** Calls a method of the client; errors come as data, since a thrown one would lose its code on the way to the test. */
  call: (method: keyof ChatkeepClient, parameters: unknown[]) =>
    settled(async () => {
      const ready = await client
      const run = ready[method] as (...parameters: unknown[]) => Promise<unknown>
      return plain(await run.apply(ready, parameters))
    }),
  /** Resolves when the cloud has shown back every command of this page. */
  allSynced: () => Promise.all(savedHere.map(({ synced }) => synced)).then(() => {}),
  status: async () => (await client).status,
  capabilities: async () => (await client).capabilities,
  drafts: {
    start: (conversationId: string, draft: Parameters<ChatkeepClient['startDraft']>[1]) =>
      settled(
        async () => void draftsById.set(draft.messageId, (await client).startDraft(conversationId, draft)),
      ),
    checkpoint: (message: Parameters<DraftWriter['checkpoint']>[0]) =>
      settled(() => draftsById.get(message.id)?.checkpoint(message)),
    finish: (message: Parameters<DraftWriter['checkpoint']>[0]) =>
      settled(async () => plain(await draftsById.get(message.id)?.finish(message))),
  },
  /** Imports conversations that the server holds as a file, in calls of at most so many messages. */
  importFrom: (address: string, options: { projectId?: string; messagesPerCall: number }) =>
    settled(async () => {
      const ready = await client
      const conversations = await (await fetch(address)).json()
      return importAll(ready, conversations, options)
    }),
  /** Compares what is stored with conversations that the server holds as a file. Answers the differences. */
  readBack: (address: string) =>
    settled(async () => readBack(await client, await (await fetch(address)).json())),
  /** Code of its own that a build puts into a chunk and loads late. */
  loadLazily: () => settled(async () => (await import('./lazy.ts')).LAZY_WORD),
}
export type PageDriver = typeof driver
Object.assign(window, { chatkeepPage: driver })

/** A result as a test can receive it: without a command's promise, which is kept. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('synced' in value)) return value
  savedHere.push(value as { readonly synced: Promise<void> })
  const keys = Object.keys(value).filter((key) => key !== 'synced')
  return Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]))
}

type Imported = Parameters<ChatkeepClient['importConversations']>[0]

async function importAll(
  ready: ChatkeepClient,
  conversations: Imported,
  { messagesPerCall, projectId }: { projectId?: string; messagesPerCall: number },
): Promise<{ imported: number; messageCount: number }> {
  const total = { imported: 0, messageCount: 0 }
  let group: Imported[number][] = []
  let count = 0
  for (const [index, conversation] of conversations.entries()) {
    group.push(conversation)
    count += conversation.messages.length
    if (count < messagesPerCall && index < conversations.length - 1) continue
    const done = await ready.importConversations(group, projectId === undefined ? {} : { projectId })
    savedHere.push(done)
    total.imported += done.imported
    total.messageCount += done.messageCount
    group = []
    count = 0
  }
  return total
}
