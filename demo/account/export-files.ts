import type { ChatkeepClient } from 'chatkeep'
import { AuthError } from './auth-api.ts'
import { saveFile } from './save-file.ts'

const PAGE = 200

/** Everything that the cloud keeps of the account, as the cloud writes it. */
export async function downloadFromCloud(accountId: string): Promise<void> {
  const answer = await fetch('/api/v1/chat/account/export', {
    headers: { 'X-Chatkeep-Account': accountId },
  }).catch(() => {
    throw new AuthError('No server was reached.', true)
  })
  if (!answer.ok) throw new AuthError(answer.statusText)
  saveFile('chatkeep-account.ndjson', await answer.blob())
}

/** What this device shows of all projects, the trash included: one line of JSON per conversation, with its open branch. */
export async function downloadFromDevice(client: ChatkeepClient): Promise<void> {
  const lines: string[] = []
  for (const projectId of await client.listProjects()) {
    let after: Parameters<ChatkeepClient['listConversations']>[0]
    do {
      const page = await client.listConversations({
        projectId,
        shelves: ['pinned', 'open', 'archived', 'trashed'],
        limit: PAGE,
        ...after,
      })
      for (const conversation of page.conversations) {
        const { messages } = await client.loadMessages(conversation.id, { limit: 0 })
        lines.push(JSON.stringify({ conversation, messages }))
      }
      after = page.next === null ? undefined : { after: page.next }
    } while (after !== undefined)
  }
  saveFile('chatkeep-device.ndjson', new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }))
}
