import type { Page } from '@playwright/test'

/** A message that reached the page from its worker. */
export type Reply = {
  readonly channel?: unknown
  readonly boot?: unknown
  readonly running?: unknown
  readonly message?: { readonly id?: unknown; readonly value?: WorkerOutcome }
}
export type WorkerOutcome = {
  readonly ok: boolean
  readonly value?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

/** `chatkeep/1`, as pages and workers of this build say it. */
export const CHANNEL = 'chatkeep/1'

/** Lets a page talk to its worker without the client: `window.rawWorker`. Values are made in the page by `make`. */
export async function letTalkRaw(page: Page): Promise<void> {
  await page.evaluate(async (channel) => {
    const registration = await navigator.serviceWorker.ready
    const replies: Reply[] = []
    let asked = 0
    navigator.serviceWorker.addEventListener('message', ({ data }) => replies.push(data))
    navigator.serviceWorker.startMessages()

    const repliesTo = (id: string) =>
      replies.filter(({ message, running }) => [message?.id, running].includes(id))
    const until = async (condition: () => boolean) => {
      while (!condition()) {
        await new Promise((resolve) => {
          navigator.serviceWorker.addEventListener('message', resolve, { once: true })
        })
      }
    }
    const rawWorker = {
      post(data: unknown, transfer: Transferable[] = []) {
        registration.active?.postMessage(data, transfer)
      },
      /** Calls a method as the client would, and awaits the answer. */
      async call(method: string, argument: unknown, database: unknown = null) {
        asked += 1
        const id = `raw-${asked}-${Math.random()}`
        const value = { database, argument }
        const message = { id, type: 'APPLY', path: [method], argumentList: [{ type: 'RAW', value }] }
        rawWorker.post({ channel, message })
        await until(() => repliesTo(id).some((reply) => reply.message !== undefined))
        return repliesTo(id).find((reply) => reply.message !== undefined)?.message?.value
      },
      /** Posts a message, and answers what came back before the worker answered the next one. */
      async tell(data: unknown, transfer: Transferable[] = []) {
        const before = replies.length
        rawWorker.post(data, transfer)
        await rawWorker.call('hello', {})
        return replies.slice(before).filter(({ message }) => !String(message?.id).startsWith('raw-'))
      },
    }
    Object.assign(window, { rawWorker })
  }, CHANNEL)
}

export type RawWorker = {
  post(data: unknown, transfer?: Transferable[]): void
  call(method: string, argument: unknown, database?: unknown): Promise<WorkerOutcome>
  tell(data: unknown, transfer?: Transferable[]): Promise<readonly Reply[]>
}
declare global {
  interface Window {
    rawWorker: RawWorker
  }
}

/** Everything that the origin has in IndexedDB, by database and store, as text. */
export async function everythingStored(page: Page): Promise<Readonly<Record<string, string>>> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const stored: Record<string, string> = {}
    for (const { name = '', version } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name))
      stored[name] = `version ${version}, stores ${[...database.objectStoreNames]}`
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([settled(objects.getAllKeys()), settled(objects.getAll())])
        stored[`${name} ${store}`] = JSON.stringify([keys, values])
      }
      database.close()
    }
    return stored
  })
}
