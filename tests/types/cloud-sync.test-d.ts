import { expectTypeOf, test } from 'vitest'
import type { ChatkeepClient, ConflictRecord } from '../../src/index.ts'
import { createCloudSync } from '../../src/index.ts'

/** As the requirement writes it. */
interface CloudSyncService {
  syncConversation(conversationId: string): Promise<void>
  pullRemoteChanges(projectId: string): Promise<void>
  pushLocalChanges(projectId: string): Promise<void>
  resolveConflicts(conflicts: ConflictRecord[]): Promise<void>
}

declare const client: ChatkeepClient

test('the sync service is the one of the requirement', () => {
  expectTypeOf(createCloudSync(client)).toExtend<CloudSyncService>()
})

test('what conflicts answers can be settled as it is, or with a choice', async () => {
  const [conflict] = await client.conflicts('c')
  if (conflict === undefined) return
  expectTypeOf(conflict).toExtend<ConflictRecord>()
  expectTypeOf({ ...conflict, choice: 'theirs' } as const).toExtend<ConflictRecord>()
})
