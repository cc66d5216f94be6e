import { DEFAULT_TITLE } from '../../src/domain/conversation.ts'
import { isOperationId } from '../../src/domain/ids.ts'
import { titleText } from '../../src/domain/title.ts'
import { isTruthy } from './cell.ts'

/** What a list shows of a conversation, without the project's name: that belongs to the account that asks. */
export type StoredMetadata = {
  readonly title: string
  readonly messageCount: number
  readonly lastMessage?: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
}

export type MetadataSources = {
  /** Values by register, of all registers but the messages'. */
  readonly plain: ReadonlyMap<string, unknown>
  readonly messageCount: number
  /** `createdAt` of the first and of the last shown message in order of (born, id); undefined without one. */
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
  readonly firstText: string | undefined
  readonly lastText: string | undefined
  /** Stamp of the first operation, for a conversation without messages. */
  readonly bornAt: number
  /** Heads of all messages, removed ones included. Read only when something says that the conversation is in the trash. */
  readonly messageHeads: readonly string[]
}

/** Puts the metadata together from the registers. Pure. */
export function metadataOf(sources: MetadataSources): StoredMetadata {
  const { plain, firstAt, lastAt, bornAt, firstText, lastText } = sources
  const title = titleText(plain.get('title'))
  const tags: string[] = []
  for (const [register, value] of plain) {
    if (register.startsWith('tag:') && value === true) tags.push(register.slice('tag:'.length))
  }
  return {
    title: title !== undefined && title.trim() !== '' ? title : (firstText ?? DEFAULT_TITLE),
    messageCount: sources.messageCount,
    ...(lastText === undefined || lastText === '' ? {} : { lastMessage: lastText }),
    createdAt: firstAt ?? bornAt,
    updatedAt: lastAt ?? bornAt,
    archived: plain.get('archived') === true,
    pinned: plain.get('pinned') === true,
    trashed: isTrashed(plain.get('trashed'), sources.messageHeads),
    tags: tags.sort(),
  }
}

/** Trash hides what the person had in front of them: a message with a head that no `trashed` head records shows the conversation again. */
function isTrashed(recorded: unknown, messageHeads: readonly string[]): boolean {
  if (!isTruthy(recorded)) return false
  const ids = new Set<string>()
  collectOperationIds(recorded, ids)
  return messageHeads.every((id) => ids.has(id))
}

/** Every operation id anywhere in a value: the record may be a list or a map by register. */
function collectOperationIds(value: unknown, into: Set<string>): void {
  if (isOperationId(value)) into.add(value)
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collectOperationIds(member, into)
  }
}
