import { type ChatExport, type ChatkeepClient, exportConversations } from 'chatkeep'
import { chatsAsMarkdown, type Words } from './markdown.ts'
import { saveFile } from './save-file.ts'

/** Everything that this device shows, of all projects, the trash included, with all branches, to be read by programs. */
export async function downloadAsJson(client: ChatkeepClient): Promise<void> {
  const chats = await exportConversations(client)
  saveFile(nameOf(chats, 'json'), new Blob([JSON.stringify(chats, null, 2)], { type: 'application/json' }))
}

/** The same, to be read by people. */
export async function downloadAsMarkdown(client: ChatkeepClient, words: Words): Promise<void> {
  const chats = await exportConversations(client)
  saveFile(nameOf(chats, 'md'), new Blob([chatsAsMarkdown(chats, words)], { type: 'text/markdown' }))
}

const nameOf = ({ exportedAt }: ChatExport, ending: string) => `chats-${exportedAt.slice(0, 10)}.${ending}`
