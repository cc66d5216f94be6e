import { DEFAULT_TITLE, titleFromMessages } from '../../../domain/conversation.ts'
import type { OperationId } from '../../../domain/ids.ts'
import { isPresent, type MessageValue } from '../../../domain/message.ts'
import { MAX_CLOCK_STAMP, type SetOperation } from '../../../domain/operation.ts'
import { messageRegister, parseRegister } from '../../../domain/register.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { ShownRegister } from '../../../ports/records/plain-sync.ts'
import type { ListedMessage, PlainDocument } from './document.ts'
import { type Field, fieldsOf } from './fields.ts'
import { graftOf } from './graft.ts'
import { type Ground, hashOf } from './ground.ts'
import { envelopeOf, readListed, saysNothing, showsValue } from './listed-message.ts'
import type { Mine } from './mine.ts'

/** What a server shows that this device has not seen: as operations, and what stands for what from now on. */
export type Arrivals = {
  readonly operations: readonly SetOperation[]
  readonly shown: Ground['shown']
}

/**
 * What others changed on a plain server since this device last looked. An operation's id follows from all that it says, so whoever sees the
 * same change from the same ground makes the same operation. It overwrites what this device last saw there and nothing newer: what
 * was changed here as well stays as another head, and wins. What a list lacks is no change.
 */
export function arrivalsOf(
  document: PlainDocument,
  mine: Mine,
  ground: Ground,
  hashing: Hashing,
  queued: ReadonlySet<string>,
): Arrivals {
  const operations: SetOperation[] = []
  const shown: Record<string, ShownRegister> = {}

  function add(register: string, value: unknown, over: readonly OperationId[], stamp: number, hash: string) {
    const { conversationId } = ground
    const text = JSON.stringify(['plain', conversationId, register, stamp, over, value])
    const id = hashing.hash(text) as OperationId
    operations.push({ kind: 'set', id, conversationId, register, stamp, overwrites: over, value })
    const before = ground.shown[register]?.hash
    shown[register] = { hash, ...(before === undefined ? {} : { before }), stamp, ids: [id] }
  }

  let previous: { readonly id: string; readonly born: number; readonly createdAt: number } | null = null
  for (const listed of document.messagesById.values()) {
    const register = messageRegister(listed.id)
    const known = ground.shown[register]
    const here = mine.messagesById.get(listed.id)
    const hash = hashOf(hashing, listed)
    // Of what was deleted for ever a copy that did not hear of it brings nothing back.
    const isOld = known?.hash === hash || (known === undefined && mine.purgedIds.has(listed.id))
    if (!isOld && (here === undefined || !showsValue(listed, here.value))) {
      const value = arrivedValue(listed, here, previous, document)
      const message = here === undefined ? {} : { message: { listed, here } }
      const { over, stamp } = graftOf({ register, document, mine, known, hash, queued, ...message })
      add(register, value, over, Math.max(stamp, here === undefined ? value.born : 0), hash)
      previous = { id: listed.id, born: value.born, createdAt: createdAtOf(value) }
    } else if (here !== undefined) {
      previous = { id: listed.id, born: here.born, createdAt: createdAtOf(here.value) }
    }
  }
  for (const field of fieldsOf(document, mine, ground)) {
    const { register } = field
    const known = ground.shown[register]
    const hash = hashOf(hashing, field.shown)
    if (field.shown === undefined || field.shown === field.mine || known?.hash === hash) continue
    const heads = mine.headsByRegister.get(register) ?? []
    if (register === 'title') {
      if (heads.length === 0 && isAutomatic(field.shown, document)) continue
      const { over, stamp } = graftOf({ register, document, mine, known, hash, queued })
      add(register, field.shown, over, stamp, hash)
    } else if (known !== undefined || heads.length === 0) {
      // On a quiet register nobody is told of a loser.
      const stamp = Math.max(-1, ...heads.map((head) => head.stamp)) + 1
      const over = heads.map(({ id }) => id)
      add(register, quietValue(field, document, mine), over, stamp, hash)
    }
  }
  return { operations, shown: operations.length === 0 ? ground.shown : { ...ground.shown, ...shown } }
}

function arrivedValue(
  listed: ListedMessage,
  here: Mine['messages'][number] | undefined,
  previous: { readonly id: string; readonly born: number; readonly createdAt: number } | null,
  document: PlainDocument,
): MessageValue {
  const envelope = envelopeOf(listed)
  const own = here !== undefined && isPresent(here.value) ? here.value : undefined
  const time = timeOf(listed.timestamp) ?? timeOf(listed.createdAt)
  const parentId = envelope === null ? (previous?.id ?? null) : envelope.parentId
  const least = (parentId === previous?.id ? (previous?.born ?? -1) : -1) + 1
  const born = Math.max(least, envelope?.born ?? time ?? 0)
  const place = here === undefined ? { parentId, born } : { parentId: here.parentId, born: here.born }
  // What others list without saying anything is most likely one of ours that was removed, without its mark.
  if (envelope === null && saysNothing(listed)) return { ...place, removed: true }
  if (envelope?.removed === true) return { ...place, removed: true }
  const message = readListed(listed, own?.message)
  const { status, model, externalId, createdAt } = envelope ?? own ?? {}
  const { updatedAt } = document.fields
  return {
    ...place,
    createdAt: createdAt ?? time ?? timeOf(updatedAt) ?? previous?.createdAt ?? 0,
    status: status ?? 'complete',
    message,
    ...(externalId === undefined ? {} : { externalId }),
    ...(model === undefined ? {} : { model }),
  }
}

const createdAtOf = (value: MessageValue): number => (isPresent(value) ? value.createdAt : 0)

function isAutomatic(title: string | boolean, document: PlainDocument): boolean {
  return title === DEFAULT_TITLE || title === titleFromMessages([...document.messagesById.values()])
}

function quietValue({ register, shown }: Field, document: PlainDocument, mine: Mine): unknown {
  if (register === 'trashed') return shown === true ? { heads: headsShownBy(document, mine) } : null
  return parseRegister(register).kind === 'tag' && shown !== true ? null : shown
}

/** The trash records what the server shows; what waits here to be sent shows the conversation again. */
function headsShownBy(document: PlainDocument, mine: Mine): readonly OperationId[] {
  const isShown = (id: string) => {
    const [listed, here] = [document.messagesById.get(id), mine.messagesById.get(id)]
    return listed !== undefined && here !== undefined && showsValue(listed, here.value)
  }
  return headIds(mine, isShown)
}

/** The trash for what a server had and has no more; `null` when there is nothing to put there. */
export function deletionOf(mine: Mine, ground: Ground, hashing: Hashing): Arrivals {
  const register = 'trashed'
  const { conversationId } = ground
  const over = (mine.headsByRegister.get(register) ?? []).map(({ id }) => id)
  const stamp = Math.max(-1, ...(mine.headsByRegister.get(register) ?? []).map((head) => head.stamp)) + 1
  const value = { heads: headIds(mine, () => true) }
  const id = hashing.hash(
    JSON.stringify(['plain', conversationId, register, stamp, over, value]),
  ) as OperationId
  return {
    operations: [{ kind: 'set', id, conversationId, register, stamp, overwrites: over, value }],
    shown: { ...ground.shown, [register]: { hash: hashOf(hashing, true), stamp, ids: [id] } },
  }
}

function headIds(mine: Mine, isMeant: (messageId: string) => boolean): readonly OperationId[] {
  const ids: OperationId[] = []
  for (const [register, heads] of mine.headsByRegister) {
    const parsed = parseRegister(register)
    if (parsed.kind === 'message' && !isMeant(parsed.messageId)) continue
    ids.push(...heads.map(({ id }) => id))
  }
  return ids.sort()
}

/** Milliseconds, or a date's text. */
function timeOf(given: unknown): number | undefined {
  const time = typeof given === 'string' ? Date.parse(given) : given
  return typeof time === 'number' && time >= 0 && time <= MAX_CLOCK_STAMP ? Math.floor(time) : undefined
}
