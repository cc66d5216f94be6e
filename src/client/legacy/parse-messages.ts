import { isId } from '../../domain/ids.ts'
import { assertJson, jsonEquals } from '../../domain/json.ts'
import type { ChatMessage } from '../../domain/message.ts'
import type { MessageInput } from '../../domain/service/message-commands.ts'

export type ParsedMessages = {
  readonly messages: readonly MessageInput[]
  /** Entries that are no messages. */
  readonly unreadable: number
}

/**
 * Messages of AI SDK (`parts`), of the requirement or of older SDKs (`content`, `toolInvocations`), kept as they are. Only an
 * id that is missing or taken by another message is replaced; an exact repetition is dropped. Times grow strictly, from the
 * message's own where it has one.
 */
export function parseMessages(
  list: readonly unknown[],
  { from, model }: { readonly from: number; readonly model: unknown },
): ParsedMessages {
  const inputsById = new Map<string, MessageInput>()
  const entries = list.filter(isMessage)
  const firstOwnTime = entries.map(timeOf).find((time) => time !== undefined)
  let lastAt = Math.min(from, firstOwnTime ?? from) - 1 // A backup is younger than what it holds.
  for (const entry of entries) {
    const id = freeId(entry, inputsById)
    if (id === undefined) continue
    lastAt = Math.max(timeOf(entry) ?? lastAt + 1, lastAt + 1)
    inputsById.set(id, {
      message: id === entry.id ? (entry as ChatMessage) : { ...entry, id },
      createdAt: lastAt,
      ...(id !== entry.id && isId(entry.id) ? { externalId: entry.id } : {}),
      ...(isCutOff(entry) ? { status: 'interrupted' as const } : {}),
      ...modelOf(entry, model),
    })
  }
  return { messages: [...inputsById.values()], unreadable: list.length - entries.length }
}

type Entry = { readonly id?: unknown; readonly role: string; readonly [key: string]: unknown }

function isMessage(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null || typeof (value as Entry).role !== 'string') return false
  try {
    assertJson(value, 'message')
    return true
  } catch {
    return false // A hostile key or a depth that no chat has: it is counted and stays where it is.
  }
}

/** Undefined for an exact repetition. */
function freeId(entry: Entry, inputsById: ReadonlyMap<string, MessageInput>): string | undefined {
  const wanted = isId(entry.id) ? entry.id : `legacy-${inputsById.size + 1}`
  let id = wanted
  for (let copy = 2; inputsById.has(id); copy++) {
    if (jsonEquals({ ...inputsById.get(id)?.message, id: wanted }, { ...entry, id: wanted })) return undefined
    id = `${wanted.slice(0, 190)}-${copy}`
  }
  return id
}

function timeOf({ createdAt, timestamp }: Entry): number | undefined {
  for (const value of [createdAt, timestamp]) {
    const time =
      typeof value === 'string' || typeof value === 'number' ? new Date(value).getTime() : Number.NaN
    if (Number.isFinite(time)) return time
  }
  return undefined
}

/** An answer that was still streaming when it was stored never ended. */
function isCutOff({ role, parts }: Entry): boolean {
  if (role !== 'assistant' || !Array.isArray(parts)) return false
  return parts.some((part: { state?: unknown } | null) => part?.state === 'streaming')
}

function modelOf({ role }: Entry, model: unknown): Pick<MessageInput, 'model'> {
  const { providerId, modelId } = (model ?? {}) as Record<string, unknown>
  if (role !== 'assistant') return {}
  const known = {
    ...(typeof providerId === 'string' ? { providerId: providerId.slice(0, 200) } : {}),
    ...(typeof modelId === 'string' ? { modelId: modelId.slice(0, 200) } : {}),
  }
  return Object.keys(known).length === 0 ? {} : { model: known }
}
