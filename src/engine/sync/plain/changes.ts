import { DEFAULT_TITLE } from '../../../domain/conversation.ts'
import { isPresent, type MessageValue } from '../../../domain/message.ts'
import { messageRegister } from '../../../domain/register.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { ShownRegister } from '../../../ports/records/plain-sync.ts'
import type { PlainDocument } from './document.ts'
import { fieldsOf } from './fields.ts'
import { type Ground, hashOf, noted } from './ground.ts'
import { showsValue } from './listed-message.ts'
import { isGone, isTrashed, type Mine } from './mine.ts'

/** Something of this device that the server does not show. */
export type Change = {
  readonly register: string
  /** Of a message. */
  readonly message?: { readonly id: string; readonly value: MessageValue }
  /** Of a title, a flag or a tag. */
  readonly value?: string | boolean
  /** The server shows another value. False: it shows nothing of it. */
  readonly isShown: boolean
}

export type Comparison = {
  /** What has to go up: messages in their order, then the rest. */
  readonly changes: readonly Change[]
  /** What the server did not keep before: nothing is sent for it alone, it goes along with what is. */
  readonly along: readonly Change[]
  /** The conversation was deleted for ever here, and is still there. */
  readonly wantsDelete: boolean
  readonly shown: Ground['shown']
}

const NOTHING: Pick<Comparison, 'changes' | 'along' | 'wantsDelete'> = {
  changes: [],
  along: [],
  wantsDelete: false,
}

/** Compares a document with this device, once everything that arrived was applied. */
export function compare(document: PlainDocument, mine: Mine, ground: Ground, hashing: Hashing): Comparison {
  if (isGone(mine)) return { ...NOTHING, wantsDelete: document.isPresent, shown: ground.shown }
  // What is in the trash is not put where it is not: restoring it sends it.
  const isNowhere = !document.isPresent && (isTrashed(mine) || mine.record === undefined)
  if (isNowhere) return { ...NOTHING, shown: ground.shown }
  const changes: Change[] = []
  const along: Change[] = []
  const shown: Record<string, ShownRegister> = { ...ground.shown }
  let isNew = false
  const settle = (register: string, value: unknown) => {
    const next = noted(ground.shown[register], hashOf(hashing, value), mine, register)
    isNew ||= next !== ground.shown[register]
    shown[register] = next
  }
  for (const { id, register, value } of mine.messages) {
    const listed = document.messagesById.get(id)
    if (listed === undefined) {
      if (isPresent(value)) changes.push({ register, message: { id, value }, isShown: false })
    } else if (showsValue(listed, value)) settle(register, listed)
    else changes.push({ register, message: { id, value }, isShown: true })
  }
  for (const id of mine.purgedIds) {
    const listed = document.messagesById.get(id)
    const value: MessageValue = { parentId: null, born: 0, removed: true }
    if (listed !== undefined && !showsValue(listed, value))
      changes.push({ register: messageRegister(id), message: { id, value }, isShown: true })
  }
  for (const { register, shown: theirs, mine: value } of fieldsOf(document, mine, ground)) {
    const isTitle = register === 'title'
    if (document.isPresent && (isTitle ? theirs === undefined : (theirs ?? false) === value)) {
      if (theirs !== undefined) settle(register, theirs)
      continue
    }
    if (theirs === value && document.isPresent) settle(register, theirs)
    else if (document.isPresent || (value !== false && value !== DEFAULT_TITLE)) {
      const isDeclined = document.isPresent && ground.shown[register]?.declined === hashOf(hashing, value)
      ;(isDeclined ? along : changes).push({ register, value, isShown: theirs !== undefined })
    }
  }
  return { changes, along, wantsDelete: false, shown: isNew ? shown : ground.shown }
}
