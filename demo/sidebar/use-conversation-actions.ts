import { Toast } from '@base-ui/react/toast'
import { useChatkeep } from 'chatkeep/react'
import { openConversation } from '../navigation.ts'
import { useStrings } from '../strings/use-strings.ts'
import type { ListedConversation } from './listed-conversation.ts'

/** Acts on one conversation, each with its way back where there is one. A failure is told, and changes nothing. */
export function useConversationActions({ id, projectId, title }: ListedConversation, isCurrent: boolean) {
  const { ready } = useChatkeep()
  const strings = useStrings()
  const { add, close } = Toast.useToastManager()

  async function tell(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      add({ title: error instanceof Error ? error.message : String(error), type: 'error', priority: 'high' })
      return false
    }
  }

  return {
    rename: (name: string) => tell(async () => (await ready).renameConversation(id, name)),
    pin: (pinned: boolean) => tell(async () => (await ready).pinConversation(id, pinned)),
    async archive(archived: boolean) {
      const isDone = await tell(async () => (await ready).archiveConversation(id, archived))
      if (!isDone || !archived) return
      const undo = () => {
        close(toast)
        void tell(async () => (await ready).archiveConversation(id, false))
      }
      const toast = add({
        title: strings.archivedToast,
        description: title,
        actionProps: { children: strings.undo, onClick: undo },
      })
    },
    async remove() {
      const isDone = await tell(async () => (await ready).deleteConversation(id))
      if (!isDone) return
      if (isCurrent) openConversation(projectId)
      const undo = async () => {
        close(toast)
        if ((await tell(async () => (await ready).restoreConversation(id))) && isCurrent)
          openConversation(projectId, id)
      }
      const toast = add({
        title: strings.deleted,
        description: title,
        timeout: 8_000,
        actionProps: { children: strings.undo, onClick: () => void undo() },
      })
    },
    async removeForever() {
      const isDone = await tell(async () => (await ready).deleteConversation(id, { forever: true }))
      if (isDone) add({ title: strings.deletedForever, description: title })
      return isDone
    },
    async restore() {
      const isDone = await tell(async () => (await ready).restoreConversation(id))
      if (isDone) add({ title: strings.restored, description: title })
      return isDone
    },
  }
}
