import { DEFAULT_TITLE } from '../../src/domain/conversation.ts'
import { isOperationId } from '../../src/domain/ids.ts'
import type { Basis } from './basis.ts'

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

/** Puts the metadata together. `bornAt`: stamp of the first operation, for a conversation without messages. Pure. */
export function metadataOf(
  basis: Basis,
  { bornAt, trashed }: { readonly bornAt: number; readonly trashed: boolean },
): StoredMetadata {
  const { title, count, first, last, named, archived, pinned, tags } = basis
  return {
    title: title !== null && title.trim() !== '' ? title : (named?.title ?? DEFAULT_TITLE),
    messageCount: count,
    ...(last === null || last.preview === '' ? {} : { lastMessage: last.preview }),
    createdAt: first?.createdAt ?? bornAt,
    updatedAt: last?.createdAt ?? bornAt,
    archived,
    pinned,
    trashed,
    tags,
  }
}

/** Trash hides what the person had in front of them: a message with a head that no `trashed` head records shows the conversation again. */
export function isInTrash(recorded: unknown, messageHeads: readonly string[]): boolean {
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
