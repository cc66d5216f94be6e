import type { PlainMessage, Previous, Rest } from './plain-message.ts'

/** JSON text of a `PlainEntry`. `messageText` is that of the message, where it is known already. */
export function plainEntryText(
  plain: PlainMessage,
  previous: Previous | undefined,
  messageText: string = JSON.stringify(plain.message),
): string {
  const { id, parentId, born, stamp, overwrites, createdAt, status, externalId, model, by, message } = plain
  const delta = createdAt - born
  const isExact = Number.isSafeInteger(delta) && born + delta === createdAt
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
  const bornDelta = born - (previous?.born ?? 0)
  const head = `[${JSON.stringify(plain.operationId)},${bornDelta},${isExact ? delta : 0},${messageText}`
  return Object.keys(rest).length === 0 ? `${head}]` : `${head},${JSON.stringify(rest)}]`
}
