import type { ConversationService } from '../../domain/service.ts'
import type { Sync } from './sync.ts'

/** The methods of the service that only sync has to do with. */
export function syncMethods(
  sync: Sync,
): Pick<
  ConversationService,
  | 'status'
  | 'syncNow'
  | 'syncProject'
  | 'fetchConversation'
  | 'syncSettings'
  | 'changeSyncSettings'
  | 'listQuarantined'
  | 'retryQuarantined'
  | 'isPending'
> {
  return {
    status: () => sync.status(),
    syncNow: () => sync.syncNow(),
    syncProject: (query) => sync.syncProject(query),
    fetchConversation: ({ conversationId }) => sync.fetchConversation(conversationId),
    syncSettings: () => sync.settings(),
    changeSyncSettings: (change) => sync.changeSettings(change),
    listQuarantined: () => sync.listQuarantined(),
    async retryQuarantined({ sequence }) {
      await sync.retryQuarantined(sequence)
      await sync.syncNow()
    },
    isPending: async ({ mutationId }) => ({ pending: await sync.isPending(mutationId) }),
  }
}
