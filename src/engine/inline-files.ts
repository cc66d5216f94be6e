import type { Head } from '../domain/merge.ts'
import { type ChatMessage, isPresent, type MessageValue } from '../domain/message.ts'
import type { Hashing } from '../ports/random.ts'
import type { LiftedFile } from '../ports/records/message.ts'
import type { BlobRecord } from '../ports/records.ts'

/** Inline data URLs longer than this are stored once, beside the message. */
export const LIFT_BYTES = 64 * 1024

type Path = readonly (string | number)[]

/** A message without its large inline files, and the files. The message itself comes back when it has none. */
export type LiftedMessage = {
  readonly message: ChatMessage
  readonly files: readonly { readonly path: Path; readonly blob: BlobRecord }[]
}

/** Takes data URLs over 64 KB out of a message, leaving `chatkeep-blob:<hash>` in their place. */
export function liftInlineFiles(message: ChatMessage, hashing: Hashing): LiftedMessage {
  const files: { path: Path; blob: BlobRecord }[] = []
  const lifted = visit(message, [], (text, path) => {
    const hash = hashing.hash(text)
    files.push({ path, blob: { hash, text, sizeBytes: text.length } })
    return `chatkeep-blob:${hash}`
  })
  return { message: lifted as ChatMessage, files }
}

function visit(value: unknown, path: Path, lift: (text: string, path: Path) => string): unknown {
  if (typeof value === 'string') {
    return value.length > LIFT_BYTES && value.startsWith('data:') ? lift(value, path) : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (const [index, member] of value.entries()) {
      const visited = visit(member, [...path, index], lift)
      if (visited === member) continue
      copy ??= [...value]
      copy[index] = visited
    }
    return copy ?? value
  }
  let copy: Record<string, unknown> | undefined
  for (const [key, member] of Object.entries(value)) {
    const visited = visit(member, [...path, key], lift)
    if (visited === member) continue
    copy ??= { ...value }
    copy[key] = visited
  }
  return copy ?? value
}

/** The head as it was written: its inline files put back. A file that is missing leaves its placeholder. */
export function restoreInlineFiles(
  head: Head<MessageValue>,
  lifted: readonly LiftedFile[],
  textByHash: ReadonlyMap<string, string>,
): Head<MessageValue> {
  const mine = lifted.filter((file) => file.operationId === head.id)
  if (mine.length === 0 || !isPresent(head.value)) return head
  let message: unknown = head.value.message
  for (const { path, hash } of mine) {
    const text = textByHash.get(hash)
    if (text !== undefined) message = replaceAt(message, path, text)
  }
  return { ...head, value: { ...head.value, message: message as ChatMessage } }
}

function replaceAt(value: unknown, path: Path, text: string): unknown {
  const [key, ...rest] = path
  if (key === undefined) return text
  if (Array.isArray(value))
    return value.map((member, index) => (index === key ? replaceAt(member, rest, text) : member))
  if (typeof value !== 'object' || value === null) return value
  return { ...value, [key]: replaceAt((value as Record<string, unknown>)[key], rest, text) }
}
