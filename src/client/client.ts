import type { MutationId } from '../domain/ids.ts'
import type { ChatkeepClient } from './api.ts'
import { createConversations } from './conversations.ts'
import type { Core } from './core.ts'

/** What depends on where the engine lives. */
export type ClientExtras = Pick<ChatkeepClient, 'capabilities' | 'applyUpdate'>

/** A project whose list was read within this time counts as still shown. */
const SHOWN_MS = 60_000

/** The public client: what an app calls, over the core. */
export function createClient(core: Core, extras: ClientExtras): ChatkeepClient {
  const { connection, status, changes, baseName } = core
  const { clock, random, events } = core.environment
  const listedAt = new Map<string, number>()
  /** Owner of the drafts that this page writes. */
  const pageBoot = random.id()
  const { finishDraft, ...conversations } = createConversations({
    connection,
    whenSynced: async (mutationId, database) =>
      (await import('./synced.ts')).whenSynced(core, mutationId, database),
    defaultProjectId: core.projectId,
    newId: random.id,
    onListed(projectId) {
      const before = listedAt.get(projectId)
      const now = clock.now()
      listedAt.set(projectId, now)
      // A list on screen is read again and again; one that was not read for a while is one that a person turned to. The start of the page
      // is a wake-up of its own.
      const isTurnedTo = before === undefined ? projectId !== core.projectId : now - before > SHOWN_MS
      if (isTurnedTo) connection.call('wake', { reason: 'project', projectId }).catch(() => {}) // Other wake-ups follow.
    },
    onSaved() {
      core.noteQueued()
      core.wakeUps?.saved()
      if (!events.acrossContexts) changes.tellAll() // A worker's own announcement does not reach this page.
    },
  })

  return {
    ...conversations,
    ...extras,
    projectId: core.projectId,
    get status() {
      return status.get()
    },
    startDraft(conversationId, { messageId, projectId = core.projectId, accountId, ...place }) {
      const finishId = random.id() as MutationId
      // Whoever is signed in when it ends: it is the answer of the account that asked.
      const database = connection.databaseOf(accountId) ?? connection.current().session.database
      return core.createDraftWriter({
        draft: { projectId, conversationId, attemptId: random.id(), owner: pageBoot, ...place },
        messageId,
        database,
        clock,
        checkpoint: (draft) => connection.callIn(database, 'checkpointDraft', draft),
        finish: (draft) => finishDraft(draft, finishId, database),
      })
    },
    stopDraft: (conversationId, messageId) => connection.call('stopDraft', { conversationId, messageId }),
    subscribe: changes.subscribe,
    onStatus: status.listen,
    syncNow: () => core.tellSync(connection.call('syncNow', {})),
    syncProject: (projectId = core.projectId, conversationId) =>
      connection.call('syncProject', {
        projectId,
        ...(conversationId === undefined ? {} : { conversationId }),
      }),
    freeSpace: () => connection.call('freeSpace', {}),
    syncSettings: () => connection.call('syncSettings', {}),
    async changeSyncSettings(change) {
      const settings = await connection.call('changeSyncSettings', change)
      void core.readStatus()
      void core.wakeUps?.run('focus') // Drains what was switched on, and arms the timer of an interval.
      return settings
    },
    async setAccount(accountId, { adopt, remove } = {}) {
      const onAnswer = () => core.declineAdoption(adopt === false ? accountId : null)
      await (accountId === null
        ? connection.enterSession('signedOut', { baseName, ...(remove === true ? { remove } : {}) }, onAnswer)
        : connection.enterSession(
            'signedIn',
            {
              baseName,
              accountId,
              askedAt: core.environment.clock.now(),
              ...(adopt === undefined ? {} : { adopt }),
            },
            onAnswer,
          ))
      void core.wakeUps?.run('signed-in')
    },
    requestPersistence: async () => (await import('./rarely.ts')).requestPersistence(core),
    unregister: async (options) => (await import('./rarely.ts')).unregister(core, options),
    close: core.close,
  }
}
