import { expect, type Page } from '@playwright/test'
import type { ChatkeepClient, ClientEvent, ClientStatus, DraftWriter } from '../../src/client/api.ts'
import type { PageDriver, PageOptions, PageOutcome } from './page/main.ts'
import type { ReadBack } from './page/read-back.ts'

declare global {
  interface Window {
    chatkeepPage: PageDriver
  }
}

/** An error of the client, as it was thrown in the page. */
export class PageError extends Error {
  readonly code: unknown
  readonly details: unknown
  constructor({ code, message, details }: { code?: unknown; message: string; details?: unknown }) {
    super(`${String(code)}: ${message}`)
    this.code = code
    this.details = details
  }
}

type Plain<Result> = Omit<Result, 'synced'>
/** The client of a page, called from a test: the same methods, but for what cannot leave a page. */
export type RemoteClient = {
  readonly [Method in keyof ChatkeepClient as ChatkeepClient[Method] extends (
    ...parameters: never
  ) => Promise<unknown>
    ? Method
    : never]: ChatkeepClient[Method] extends (...parameters: infer Parameters) => Promise<infer Result>
    ? (...parameters: Parameters) => Promise<Result extends { synced: unknown } ? Plain<Result> : Result>
    : never
}
type Message = Parameters<DraftWriter['checkpoint']>[0]

/** A tab with the test page in it. */
export type Tab = {
  readonly page: Page
  readonly chats: RemoteClient
  readonly drafts: {
    start(conversationId: string, draft: Parameters<ChatkeepClient['startDraft']>[1]): Promise<void>
    checkpoint(message: Message): Promise<'kept' | 'stop' | 'lost-ownership'>
    finish(message: Message): Promise<void>
  }
  /** Imports conversations that are served as a file, in calls of some hundred messages. */
  importFrom(path: string, projectId?: string): Promise<{ imported: number; messageCount: number }>
  /** Reads every branch and compares it with conversations that are served as a file. */
  readBack(path: string): Promise<ReadBack>
  status(): Promise<ClientStatus>
  events(): Promise<readonly ClientEvent[]>
  /** Texts of the open branch, oldest first. */
  texts(conversationId: string): Promise<readonly string[]>
  titles(projectId?: string): Promise<readonly string[]>
  /** Waits until the cloud has shown back all that was saved here, and nothing else waits on this device. */
  untilSynced(): Promise<void>
  reload(): Promise<void>
  /** As Shift and reload: the page comes without a controller. */
  hardReload(): Promise<void>
  close(): Promise<void>
}

export type TabOptions = PageOptions & {
  /** Path of the page. Default `/`. */
  readonly path?: string
  /** Do not wait for `register()`. */
  readonly isPatient?: boolean
}

/** Time for everything that was saved to reach the cloud and be shown back, in tests that disturb nothing meanwhile. */
const SYNC_LIMIT_MS = 20_000

/** The page's address with its options: by default the default project, in the cloud that serves it. */
export function addressOf(url: string, { path = '/', isPatient, ...options }: TabOptions = {}): string {
  const address = new URL(path, url)
  const withCloud = { cloud: { url: '/api/v1/chat' }, ...options }
  address.searchParams.set('options', JSON.stringify(withCloud))
  return address.href
}

export async function openTab(page: Page, url: string, options: TabOptions = {}): Promise<Tab> {
  await page.goto(addressOf(url, options))
  const tab = tabOf(page)
  if (options.isPatient !== true) await tab.status()
  return tab
}

export function tabOf(page: Page): Tab {
  const chats = new Proxy({} as RemoteClient, {
    get: (_target, method) =>
      method === 'then' // A proxy that is awaited must not look like a promise.
        ? undefined
        : async (...parameters: unknown[]) =>
            opened(
              await page.evaluate(([method, parameters]) => window.chatkeepPage.call(method, parameters), [
                method as keyof ChatkeepClient,
                parameters,
              ] as const),
            ),
  })
  const status = () => page.evaluate(() => window.chatkeepPage.status())

  return {
    page,
    chats,
    drafts: {
      async start(conversationId, draft) {
        opened(
          await page.evaluate(([id, draft]) => window.chatkeepPage.drafts.start(id, draft), [
            conversationId,
            draft,
          ] as const),
        )
      },
      async checkpoint(message) {
        return opened(
          await page.evaluate((message) => window.chatkeepPage.drafts.checkpoint(message), message),
        ) as 'kept'
      },
      async finish(message) {
        opened(await page.evaluate((message) => window.chatkeepPage.drafts.finish(message), message))
      },
    },
    async importFrom(path, projectId) {
      const options = { messagesPerCall: 500, ...(projectId === undefined ? {} : { projectId }) }
      const outcome = await page.evaluate(
        ([path, options]) => window.chatkeepPage.importFrom(path, options),
        [path, options] as const,
      )
      return opened(outcome) as { imported: number; messageCount: number }
    },
    async readBack(path) {
      return opened(await page.evaluate((path) => window.chatkeepPage.readBack(path), path)) as ReadBack
    },
    status,
    events: () => page.evaluate(() => window.chatkeepPage.events),
    async texts(conversationId) {
      const { messages } = await chats.loadMessages(conversationId, { limit: 0 })
      return messages.map(({ message }) => textOf(message))
    },
    async titles(projectId) {
      const { conversations } = await chats.listConversations(projectId === undefined ? {} : { projectId })
      return conversations.map(({ title }) => title)
    },
    async untilSynced() {
      const isOver = await page.evaluate(
        (limitMs) =>
          Promise.race([
            window.chatkeepPage.allSynced().then(() => true),
            new Promise((resolve) => setTimeout(() => resolve(false), limitMs)),
          ]),
        SYNC_LIMIT_MS,
      )
      expect(isOver, 'the cloud has shown back what was saved').toBe(true)
      await expect.poll(async () => (await status()).sync.pendingCount, { intervals: [50] }).toBe(0)
    },
    async reload() {
      await page.reload()
      await status()
    },
    async hardReload() {
      const session = await page.context().newCDPSession(page)
      const loaded = page.waitForEvent('load')
      await session.send('Page.reload', { ignoreCache: true })
      await loaded
      await session.detach()
      await status()
    },
    close: () => page.close(),
  }
}

function opened(outcome: PageOutcome): unknown {
  if (outcome.ok) return outcome.value
  throw new PageError(outcome.error)
}

function textOf(message: { readonly [key: string]: unknown }): string {
  const { parts = [], content } = message as { parts?: readonly { text?: string }[]; content?: string }
  return content ?? parts.map(({ text = '' }) => text).join('')
}
