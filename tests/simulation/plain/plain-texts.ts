import { isPresent, type MessageValue } from '../../../src/domain/message.ts'
import type { Operation } from '../../../src/domain/operation.ts'
import type { Stage } from '../stage.ts'
import { messageOf } from './plain-ledger.ts'
import { textOf } from './telling.ts'

type Version = { readonly id: string; readonly text: string }

/**
 * What a message may say, and says not. Nobody may see what nobody wrote. With `ETag`, where no other client edited it and the server was not
 * put back, an edit whose disk is still there is not undone: what it overwrote does not show.
 */
export function wrongTexts(
  { plain, devices, world }: Stage,
  account: string,
  conversationId: string,
  shown: ReadonlyMap<string, string>,
): readonly string[] {
  if (plain === null) return []
  const { cloud, ledger } = plain
  const { operations } = ledger
  const versionsById = new Map<string, Version[]>()
  for (const operation of operations.values()) {
    const messageId = messageOf(operation)
    if (operation.kind !== 'set' || operation.conversationId !== conversationId || messageId === undefined)
      continue
    const versions = versionsById.get(messageId) ?? []
    versionsById.set(messageId, [...versions, { id: operation.id, text: textIn(operation) }])
  }
  const disks = devices.map(({ browser }) => browser.store.memory.authored.get(`chats:account-${account}`))
  const undone = disks.map((authored = new Set()) => new Set([...authored].flatMap(overwritesOf)))
  /** A copy of a profile that did not hear of the edit has what it overwrote as its own. */
  const isHidden = (id: string) => {
    const holders = disks.flatMap((authored, index) => (authored?.has(id) === true ? [index] : []))
    return holders.length > 0 && holders.every((index) => undone[index]?.has(id) === true)
  }
  const found: string[] = []
  for (const [id, text] of shown) {
    const versions = versionsById.get(id) ?? []
    const others = cloud.texts.get(id) ?? new Set()
    if (!others.has(text) && !versions.some((version) => version.text === text))
      found.push(`${conversationId} ${id}: nobody wrote ${text}`)
    if (!cloud.hasEtags || others.size > 0 || world.faults.has('server-restored')) continue
    if (versions.every((version) => version.text !== text || isHidden(version.id)))
      found.push(`${conversationId} ${id}: shows ${text}, which was overwritten`)
  }
  return found

  function overwritesOf(id: string): readonly string[] {
    const operation = operations.get(id)
    return operation?.kind === 'set' ? operation.overwrites : []
  }
}

function textIn(operation: Operation & { readonly kind: 'set' }): string {
  const value = operation.value as MessageValue
  return isPresent(value) ? textOf(value.message) : ''
}
