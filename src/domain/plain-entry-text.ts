import type { PlainMessage, Previous, Rest } from './plain-message.ts'

/** A plain message but for its content. */
export type PlainFacts = Omit<PlainMessage, 'message'> & { readonly message: { readonly id: string } }

/**
 * JSON text of a `PlainEntry`, as what stands before its message, the message, and what follows. `messageText` is that of the message: it is
 * long, and is copied once, when a whole pack is put together.
 */
export function plainEntryText(
  plain: PlainFacts,
  previous: Previous | undefined,
  messageText: string,
): readonly [before: string, message: string, after: string] {
  const { id, parentId, born, stamp, overwrites, createdAt, status, externalId, model, by, message } = plain
  const delta = createdAt - born
  const isExact = Number.isSafeInteger(delta) && born + delta === createdAt
  const bornDelta = born - (previous?.born ?? 0)
  const before = `["${plain.operationId}",${bornDelta},${isExact ? delta : 0},`
  const isUsual = id === message.id && isExact && stamp === born && overwrites.length === 0
  const follows = previous !== undefined && parentId === previous.id && status === 'complete'
  if (isUsual && follows && externalId === undefined && model === undefined && by === undefined)
    return [before, messageText, ']']
  const rest: Rest = {
    ...(id === message.id ? {} : { id }),
    ...(previous !== undefined && parentId === previous.id ? {} : { parentId }),
    ...(isExact ? {} : { createdAt }),
    ...(stamp === born ? {} : { stamp }),
    ...(overwrites.length === 0 ? {} : { overwrites }),
    ...(status === 'complete' ? {} : { status }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(model === undefined ? {} : { model }),
    ...(by === undefined ? {} : { by }),
  }
  return [before, messageText, Object.keys(rest).length === 0 ? ']' : `,${JSON.stringify(rest)}]`]
}
