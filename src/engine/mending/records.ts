import { DEFAULT_TITLE, SHELVES } from '../../domain/conversation.ts'
import { isObject } from '../../domain/json-object.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
import type { SeenRecord } from '../../ports/records/seen.ts'
import { areHeads, areTexts } from './sound.ts'

type Unknowns = Readonly<Record<string, unknown>>

/** A conversation's record with what of it is sound; the rest is derived anew when it is next written. */
export function toSoundConversation(
  record: ConversationRecord,
  now: number,
  rows: readonly OutboxRecord[] = [],
): ConversationRecord {
  const fields: Unknowns = record
  const text = (name: string, otherwise: string) => {
    const value = fields[name]
    return typeof value === 'string' ? value : otherwise
  }
  const count = (name: string, otherwise: number) => {
    const value = fields[name]
    return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
  }
  const texts = (name: string) => {
    const value = fields[name]
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  }
  const projectId = rows.find((row) => typeof row.projectId === 'string')?.projectId ?? 'default'
  const shelf = ['gone' as const, ...SHELVES].find((known) => known === fields.shelf) ?? 'open'
  const { absent, lacking, damaged } = record
  return {
    id: record.id,
    projectId: text('projectId', projectId),
    shelf,
    lastMessageAt: count('lastMessageAt', now),
    createdAt: count('createdAt', now),
    firstId: null,
    title: text('title', DEFAULT_TITLE),
    // Of no message that is here: then the first that gives a name is looked for.
    titleFrom: { id: '', born: -1, role: 'user', title: '' },
    messageCount: count('messageCount', 0),
    preview: text('preview', ''),
    archived: fields.archived === true,
    pinned: fields.pinned === true,
    trashed: fields.trashed === true,
    tags: texts('tags'),
    // Caches compare it: higher than anything that was counted.
    revision: Math.max(0, count('revision', now)),
    registers: soundRegisters(fields.registers),
    leafId: null,
    newest: null,
    linear: false,
    conflicts: texts('conflicts'),
    packedCount: count('packedCount', 1),
    tailCount: count('tailCount', 1),
    ...(isObject(absent) ? { absent } : {}),
    ...(isObject(lacking) ? { lacking } : {}),
    ...(isObject(damaged) ? { damaged } : {}),
  }
}

function soundRegisters(registers: unknown): ConversationRecord['registers'] {
  if (!isObject(registers)) return {}
  const sound = Object.entries(registers).filter(
    ([, heads]) => Array.isArray(heads) && heads.length > 0 && areHeads(heads),
  )
  return Object.fromEntries(sound) as ConversationRecord['registers']
}

/** What is known of a register with what of it is sound. */
export function toSoundSeen({ conversationId, register, ...fields }: SeenRecord): SeenRecord {
  const { stubs, purges, lacking } = fields as { [Name in 'stubs' | 'purges' | 'lacking']?: unknown }
  return {
    conversationId,
    register,
    stubs: soundGraph(stubs),
    ...(purges === undefined ? {} : { purges: soundGraph(purges) }),
    ...(isObject(lacking) ? { lacking: soundLacking(lacking) } : {}),
  }
}

function soundGraph(graph: unknown): SeenRecord['stubs'] {
  if (!isObject(graph)) return {}
  return Object.fromEntries(Object.entries(graph).filter(([, ids]) => areTexts(ids))) as SeenRecord['stubs']
}

function soundLacking(lacking: Unknowns): NonNullable<SeenRecord['lacking']> {
  const sound = Object.entries(lacking).map(([register, values]) => {
    const kept = Object.entries(isObject(values) ? values : {}).filter(
      ([, value]) => isObject(value) && areTexts(value.overwrites),
    )
    return [register, Object.fromEntries(kept)]
  })
  return Object.fromEntries(sound) as NonNullable<SeenRecord['lacking']>
}
