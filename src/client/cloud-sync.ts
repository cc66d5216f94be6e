import type { ConflictRecord } from '../domain/conflict.ts'
import { ChatkeepError, recordToError } from '../domain/errors.ts'
import type { ChatkeepClient } from './api.ts'

/**
 * The requirement's interface over a client. Chatkeep syncs by itself; this is for apps that want to wait for it, or to say when.
 * Each call rejects with a `ChatkeepError` when it cannot be done now: what was saved stays on the device and in the queue.
 */
export interface CloudSyncService {
  /** Resolves when the cloud has everything of this conversation that this device has, and the other way round. */
  syncConversation(conversationId: string): Promise<void>
  /** Resolves when this device has what the cloud had when it was called. */
  pullRemoteChanges(projectId: string): Promise<void>
  /** Resolves when the cloud has shown back every change that waits on this device. */
  pushLocalChanges(projectId: string): Promise<void>
  /** Settles conflicts as their `choice` says; without one the shown value (the last one written) wins. */
  resolveConflicts(conflicts: readonly ConflictRecord[]): Promise<void>
}

/** What it needs of a client. */
export type CloudSyncClient = Pick<
  ChatkeepClient,
  'projectId' | 'getConversation' | 'syncProject' | 'resolveConflicts'
>

/** Turns in a row that bring nothing further, each a whole round of requests, after which a sync is given up. */
const MAX_FRUITLESS_TURNS = 5

export function createCloudSync(client: CloudSyncClient): CloudSyncService {
  async function sync(projectId: string, conversationId?: string): Promise<void> {
    let pending = Number.POSITIVE_INFINITY
    for (let fruitless = 0; fruitless < MAX_FRUITLESS_TURNS; ) {
      const { isComplete, error, pendingCount } = await client.syncProject(projectId, conversationId)
      if (isComplete) return
      if (error !== null) throw recordToError(error)
      fruitless = pendingCount < pending ? 0 : fruitless + 1
      pending = pendingCount
    }
    throw new ChatkeepError(
      'sync/server-error',
      `The cloud has not shown back ${pending} changes of ${projectId} yet. They stay queued and are sent by themselves; try again later.`,
      { retryable: true, details: { projectId, pending } },
    )
  }

  return {
    async syncConversation(conversationId) {
      const conversation = await client.getConversation(conversationId)
      await sync(conversation?.projectId ?? client.projectId, conversationId)
    },
    pullRemoteChanges: (projectId) => sync(projectId),
    pushLocalChanges: (projectId) => sync(projectId),
    async resolveConflicts(conflicts) {
      await client.resolveConflicts(conflicts)
    },
  }
}
