import type { Document } from '../../builders/plain-server.ts'

/** A document in a line of a trace: its fields, and of each message its id, its text and the status that our key tells. */
export function told(document: Document | undefined): string {
  if (document === undefined) return 'nothing'
  const { title, archived, tags, chatkeep, messages } = document
  const fields = JSON.stringify({ title, archived, tags, chatkeep })
  return [fields, ...messages.map(toldMessage)].join(' | ')
}

function toldMessage(message: Document['messages'][number]): string {
  const { id, chatkeep } = message
  const { status, removed } = (chatkeep ?? {}) as { status?: string; removed?: true }
  const state = chatkeep === undefined ? 'bare' : removed === true ? 'removed' : status
  return `${id} ${state} ${JSON.stringify(textOf(message))}`
}

/** What a listed message says: its parts where it has any, else its content. */
export function textOf({ content, parts }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(parts)) return parts.map(({ text = '' }: { text?: string }) => text).join('')
  return typeof content === 'string' ? content : ''
}
