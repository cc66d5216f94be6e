import type { Tab } from '../harness/tab.ts'

/** One conversation as a device shows it. */
export type ShownConversation = {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly messages: Readonly<Record<string, ShownMessage>>
  /** Messages of the open branch, oldest first. */
  readonly openBranch: readonly string[]
}
export type ShownMessage = {
  readonly parentId: string | null
  readonly born: number
  readonly status: string
  /** The winner, then the others in order. */
  readonly texts: readonly string[]
}

/**
 * Reads all that a person can come to see on this device: every conversation of every shelf, and in each every branch that
 * is reached by following the siblings of what is shown.
 */
export async function readDevice(tab: Tab): Promise<Readonly<Record<string, ShownConversation>>> {
  return tab.page.evaluate(async () => {
    const client = await window.chatkeepPage.client
    const shown: Record<string, ShownConversation> = {}
    const shelves = ['pinned', 'open', 'archived', 'trashed'] as const
    const { conversations } = await client.listConversations({ shelves, limit: 500 })
    const textOf = (message: unknown) =>
      ((message as { parts?: { text?: string }[] }).parts ?? []).map(({ text = '' }) => text).join('')

    for (const { revision: _revision, ...metadata } of conversations) {
      const messages: Record<string, ShownMessage> = {}
      const page = await client.loadMessages(metadata.id, { limit: 0 })
      const openBranch = page.messages.map(({ id }) => id)
      const branches = [page.messages]
      const asked = new Set<string>()
      for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
        for (const { id, parentId, born, status, message, others = [], siblings = [] } of branch) {
          if (messages[id] !== undefined) continue
          messages[id] = { parentId, born, status, texts: [textOf(message), ...others.map(textOf).sort()] }
          for (const leafId of siblings) {
            if (messages[leafId] !== undefined || asked.has(leafId)) continue
            asked.add(leafId)
            branches.push((await client.loadMessages(metadata.id, { leafId, limit: 0 })).messages)
          }
        }
      }
      shown[metadata.id] = { metadata, messages, openBranch }
    }
    return shown
  })
}
