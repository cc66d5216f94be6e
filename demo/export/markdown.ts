import type { ChatExport, ChatMessage, ExportedConversation, StoredMessage } from 'chatkeep'

/** What the file says beside the messages, in the language of the page. */
export type Words = {
  readonly you: string
  readonly assistant: string
  readonly project: string
  readonly archived: string
  readonly trash: string
  readonly otherVersion: string
  readonly notFetched: string
  readonly notWhole: string
}

/** One text with every conversation under a heading of its own, and in it every message of every branch. */
export function chatsAsMarkdown({ conversations }: ChatExport, words: Words): string {
  return `${conversations.map((conversation) => oneConversation(conversation, words)).join('\n\n---\n\n')}\n`
}

function oneConversation(conversation: ExportedConversation, words: Words): string {
  const { title, projectId, updatedAt, archived, trashed, absent, incomplete, messages } = conversation
  const facts = [
    `${words.project}: ${projectId}`,
    new Date(updatedAt).toISOString().slice(0, 10),
    ...(archived ? [words.archived] : []),
    ...(trashed ? [words.trash] : []),
  ]
  const blocks = [`# ${title}`, `*${facts.join(' · ')}*`]
  if (absent === true) blocks.push(`*${words.notFetched}*`)
  if (incomplete === true) blocks.push(`*${words.notWhole}*`)
  let last: StoredMessage | undefined
  for (const stored of branchByBranch(messages)) {
    const isAnother = last !== undefined && stored.parentId !== last.id && hasSibling(stored, messages)
    blocks.push(`## ${speakerOf(stored.message, words)}${isAnother ? ` (${words.otherVersion})` : ''}`)
    blocks.push(...textsOf(stored.message))
    last = stored
  }
  return blocks.join('\n\n')
}

/** Each message after the one that it follows; where versions part, the older with all that followed it comes first. */
function branchByBranch(messages: readonly StoredMessage[]): readonly StoredMessage[] {
  const known = new Set(messages.map(({ id }) => id))
  const followers = Map.groupBy(messages, ({ parentId }) =>
    parentId !== null && known.has(parentId) ? parentId : null,
  )
  const ordered: StoredMessage[] = []
  const waiting = [...(followers.get(null) ?? [])].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    ordered.push(next)
    waiting.push(...[...(followers.get(next.id) ?? [])].reverse())
  }
  return ordered
}

const hasSibling = ({ id, parentId }: StoredMessage, messages: readonly StoredMessage[]) =>
  messages.some((other) => other.parentId === parentId && other.id !== id)

function speakerOf({ role }: ChatMessage, { you, assistant }: Words): string {
  return role === 'user' ? you : role === 'assistant' ? assistant : role
}

function textsOf({ parts, content }: ChatMessage): readonly string[] {
  if (!Array.isArray(parts)) return typeof content === 'string' ? [content] : []
  return parts.flatMap((part: unknown) => textOfPart(part))
}

function textOfPart(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return []
  const { type, text, filename, mediaType } = part as Readonly<Record<string, unknown>>
  if (type === 'text') return [String(text)]
  if (type === 'reasoning') return [String(text).replaceAll(/^/gm, '> ')]
  if (type === 'step-start') return []
  if (type === 'file') return [`*${String(filename ?? mediaType)}*`]
  return [`\`\`\`json\n${JSON.stringify(part, null, 2)}\n\`\`\``] // A tool's call, or whatever the app keeps in messages.
}
