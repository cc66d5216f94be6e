import { isObject } from '../../../domain/json-object.ts'
import { parseRegister } from '../../../domain/register.ts'
import type { Change } from './changes.ts'
import type { ListedMessage, PlainDocument } from './document.ts'
import { tagsOf } from './fields.ts'
import { envelopeOf, toListed } from './listed-message.ts'
import type { Mine } from './mine.ts'

/**
 * The conversation to post: what the server has, as it came, with these changes. Nothing that it has is left out, whoever wrote it and
 * whatever it is.
 */
export function bodyOf(
  document: PlainDocument,
  mine: Mine,
  changes: readonly Change[],
  place: { readonly projectId: string; readonly conversationId: string; readonly now: number },
): Record<string, unknown> {
  const { projectId, conversationId, now } = place
  const { fields } = document
  const byRegister = new Map(changes.map((change) => [change.register, change.value]))
  const field = (register: string, shown: unknown) => byRegister.get(register) ?? shown
  const messages = withChanges(document, mine, changes, conversationId)
  const tags = new Set(tagsOf(document) ?? [])
  for (const { register, value } of changes) {
    const parsed = parseRegister(register)
    if (parsed.kind === 'tag' && value === true) tags.add(parsed.tag)
    if (parsed.kind === 'tag' && value === false) tags.delete(parsed.tag)
  }
  const extra = isObject(fields.chatkeep) ? fields.chatkeep : {}
  const chatkeep = {
    ...extra,
    ...(byRegister.has('pinned') ? { pinned: byRegister.get('pinned') } : {}),
    ...(byRegister.has('trashed') ? { trashed: byRegister.get('trashed') } : {}),
  }
  return {
    createdAt: mine.record?.createdAt ?? now,
    ...fields,
    id: conversationId,
    projectId,
    title: field('title', fields.title ?? mine.record?.title ?? ''),
    archived: field('archived', fields.archived ?? false),
    ...(tags.size > 0 || fields.tags !== undefined ? { tags: [...tags] } : {}),
    ...(Object.keys(chatkeep).length > 0 ? { chatkeep } : {}),
    ...(fields.messageCount === undefined ? {} : { messageCount: messages.length }),
    ...(fields.lastMessage === undefined ? {} : { lastMessage: mine.record?.preview ?? '' }),
    updatedAt: now,
    messages,
  }
}

/**
 * What is missing stands after the message that it follows here, but never before one of which only its place in the list tells what it
 * follows: then at the end.
 */
function withChanges(
  document: PlainDocument,
  mine: Mine,
  changes: readonly Change[],
  conversationId: string,
): readonly unknown[] {
  const { messagesById, entries } = document
  const changedById = new Map<string, ListedMessage>()
  for (const { message } of changes) {
    if (message === undefined) continue
    const role = messagesById.get(message.id)?.role
    changedById.set(message.id, toListed(message.id, message.value, conversationId, role))
  }
  const missingAfter = new Map<string | null, ListedMessage[]>()
  const follow = (after: string | null, missing: ListedMessage) => {
    const others = missingAfter.get(after)
    if (others === undefined) missingAfter.set(after, [missing])
    else others.push(missing)
  }
  let anchor: string | null = null
  for (const { id } of mine.messages) {
    const missing = changedById.get(id)
    if (messagesById.has(id)) anchor = id
    else if (missing !== undefined) follow(anchor, missing)
  }
  const written: unknown[] = []
  const atEnd: ListedMessage[] = []
  const place = (after: string | null, next: unknown) => {
    const missing = missingAfter.get(after) ?? []
    missingAfter.delete(after)
    const isFixed = next === undefined || (isListed(next) && envelopeOf(next) !== null)
    ;(isFixed ? written : atEnd).push(...missing)
  }
  place(null, entries[0])
  for (const [index, entry] of entries.entries()) {
    const id = isListed(entry) ? entry.id : undefined
    const known = id === undefined ? undefined : messagesById.get(id)
    // Of several with one id the last one counts, and stands for all of them.
    if (known !== undefined && known !== entry) continue
    written.push((id === undefined ? undefined : changedById.get(id)) ?? entry)
    if (id !== undefined) place(id, entries[index + 1])
  }
  return [...written, ...atEnd]
}

const isListed = (entry: unknown): entry is ListedMessage => isObject(entry) && typeof entry.id === 'string'
