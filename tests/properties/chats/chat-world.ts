import { createLocalLocks } from '../../../src/browser/locks.ts'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import type { Session } from '../../../src/domain/host-service.ts'
import type { ChatMessage } from '../../../src/domain/message.ts'
import { isPresent, messageText } from '../../../src/domain/message.ts'
import type { AppendMessages } from '../../../src/domain/service/message-commands.ts'
import type { LoadQuery, MessagePage } from '../../../src/domain/service/message-page.ts'
import { createHost } from '../../../src/engine/host.ts'
import type { HostCall } from '../../../src/engine/host-ports.ts'
import { createSha256Hashing } from '../../../src/hashing/sha256.ts'
import type { ChangeEvent } from '../../../src/ports/events.ts'
import type { DraftRecord } from '../../../src/ports/records/draft.ts'
import type { MessageRecord } from '../../../src/ports/records/message.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { createFakeClock } from '../../unit/rpc/fake-clock.ts'

/** One browser's engine on one disk, which may be full for a while. */
export type ChatWorld = ReturnType<typeof createChatWorld>

export function createChatWorld() {
  const clock = createFakeClock(1_750_000_000_000)
  const locks = createLocalLocks()
  const hearers = new Set<(event: ChangeEvent) => void>()
  /** Ids of messages that were on disk at some time. */
  const everStored = new Set<string>()
  let isFull = false
  const storage = createMemoryStorage({
    onCommit() {
      if (isFull) throw new ChatkeepError('storage/quota', 'The disk is full.')
    },
    onCommitted({ changes }) {
      for (const { store, after } of changes)
        if (store === 'messages' && after !== undefined)
          for (const message of messagesOf(after as MessageRecord)) everStored.add(message.id)
    },
  })
  const host = createHost({
    storage,
    network: () => ({ request: () => Promise.reject(new Error('There is no cloud here.')) }),
    clock,
    locks,
    random: createBrowserRandom(),
    hashing: createSha256Hashing(),
    events: {
      publish: (event) => {
        for (const hear of hearers) hear(event)
      },
      subscribe: () => () => {},
    },
    build: 'test',
  })
  const database = async () => {
    const session = await host.call({ database: null, method: 'openSession', argument: { baseName: 'db' } })
    return (session as Session).database
  }

  async function write(method: string, mutationId: string, command: object): Promise<void> {
    const argument = { mutationId, conversationId: 'c', ...command }
    // A disk that is full refuses it: then it did not happen.
    await host.call({ database: await database(), method, argument }).catch(() => {})
  }

  return {
    clock,
    locks,
    /** What hears of every change. */
    hearers,
    call: (call: HostCall) => host.call(call),
    /** As a tab that nobody looks at writes it: at the end, or as a branch of its own. */
    append: (message: ChatMessage, fork: Pick<AppendMessages, 'after' | 'fork'> = {}) =>
      write('appendMessages', message.id, { projectId: 'p', messages: [{ message }], ...fork }),
    remove: (messageId: string, act: string) => write('removeMessage', act, { messageId }),
    setFull(full: boolean): void {
      isFull = full
    },
    /** Every stored version of a message of the app's id. */
    stored(id: string): readonly ChatMessage[] {
      const found: ChatMessage[] = []
      for (const [, tables] of storage.snapshot())
        for (const record of tables.messages.scan({}) as MessageRecord[])
          found.push(...messagesOf(record).filter((message) => message.id === id))
      return found
    },
    /** Answers that grow, as they are stored. */
    drafts: (): readonly DraftRecord[] =>
      [...storage.snapshot()].flatMap(([, tables]) => tables.drafts.scan({}) as DraftRecord[]),
    /** Every message with its versions. */
    records: (): readonly MessageRecord[] =>
      [...storage.snapshot()].flatMap(([, tables]) => tables.messages.scan({}) as MessageRecord[]),
    signIn: async (accountId: string) =>
      void (await host.call({ database: null, method: 'signedIn', argument: { baseName: 'db', accountId } })),
    /** Texts of what is stored, by database. */
    texts(): ReadonlyMap<string, readonly string[]> {
      const found = new Map<string, readonly string[]>()
      for (const [name, tables] of storage.snapshot())
        found.set(name, (tables.messages.scan({}) as MessageRecord[]).flatMap(messagesOf).map(messageText))
      return found
    },
    load: async (query: LoadQuery) =>
      (await host.call({
        database: await database(),
        method: 'loadMessages',
        argument: query,
      })) as MessagePage,
    /** As pages do now and then: answers that nobody writes any more become messages. */
    wake: async () => void (await host.wake('start')),
    wasStored: (id: string) => everStored.has(id),
    close: () => host.close(),
  }
}

/** As the app knows them. */
const messagesOf = ({ heads }: MessageRecord): ChatMessage[] =>
  heads.flatMap(({ value }) =>
    isPresent(value) ? [{ ...value.message, id: value.externalId ?? value.message.id }] : [],
  )
