import type { BrowserContext, CDPSession } from '@playwright/test'

export type WorkerControl = {
  /** Ends every service worker of the profile at once, as the browser does when it needs the memory. */
  stopWorkers(): Promise<void>
  /** Delivers a `sync` event to the worker of that origin, starting it if it is stopped. */
  dispatchSync(origin: string, options?: { readonly lastChance?: boolean }): Promise<void>
  /** Bytes that the origin may store. Set it before the origin uses IndexedDB; undefined lifts it. */
  setQuota(origin: string, quotaBytes: number | undefined): Promise<void>
}

const SYNC_TAG = 'chatkeep-sync'

const quotaSessions = new WeakMap<BrowserContext, CDPSession>()

export function workerControl(current: () => BrowserContext): WorkerControl {
  return {
    async stopWorkers() {
      await withSession(current(), async (session) => {
        await session.send('ServiceWorker.enable')
        await session.send('ServiceWorker.stopAllWorkers')
      })
    },
    async dispatchSync(origin, { lastChance = false } = {}) {
      await withSession(current(), async (session) => {
        const registrationId = await registrationOf(session, origin)
        await session.send('ServiceWorker.dispatchSyncEvent', {
          origin,
          registrationId,
          tag: SYNC_TAG,
          lastChance,
        })
      })
    },
    async setQuota(origin, quotaBytes) {
      // The override ends with its session, so that one stays.
      const context = current()
      let session = quotaSessions.get(context)
      if (session === undefined) {
        session = await context.newCDPSession(context.pages()[0] ?? (await context.newPage()))
        quotaSessions.set(context, session)
      }
      await session.send('Storage.overrideQuotaForOrigin', {
        origin,
        ...(quotaBytes === undefined ? {} : { quotaSize: quotaBytes }),
      })
    },
  }
}

/** A session on a page of its own, so that the pages under test are left as they are, and the profile has an open page. */
async function withSession(
  context: BrowserContext,
  work: (session: CDPSession) => Promise<void>,
): Promise<void> {
  const page = context.pages().find((each) => each.url() === 'about:blank') ?? (await context.newPage())
  const session = await context.newCDPSession(page)
  try {
    await work(session)
  } finally {
    await session.detach()
  }
}

async function registrationOf(session: CDPSession, origin: string): Promise<string> {
  const found = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(origin) && !isDeleted)
      if (ours !== undefined) resolve(ours.registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  return found
}
