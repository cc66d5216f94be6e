import type { OperationId } from '../../src/domain/ids.ts'
import {
  applyToRegister,
  distinctHeads,
  EMPTY_REGISTER,
  type Head,
  type RegisterState,
} from '../../src/domain/merge.ts'
import { isPresent, type MessageValue } from '../../src/domain/message.ts'
import { parseRegister } from '../../src/domain/register.ts'
import type { LogRow } from '../harness/server-log.ts'

/** What the operations of a log say about one conversation. */
export type ConversationState = {
  /** Null: nobody gave it one. */
  readonly title: string | null
  readonly tags: readonly string[]
  readonly pinned: boolean
  readonly archived: boolean
  /** Texts of each message that is shown: the winner, then the others in order. */
  readonly textsById: Readonly<Record<string, readonly string[]>>
}

/** The state of every conversation as a function of the operations alone, computed away from server and devices. */
export function stateOfLog(rows: readonly LogRow[]): ReadonlyMap<string, ConversationState> {
  const purged = new Set(rows.flatMap(({ kind, links }) => (kind === 'purge' ? links : [])))
  const registersById = new Map<string, Map<string, RegisterState>>()
  for (const row of rows) {
    if (row.kind === 'purge' || !row.live) continue
    const registers = registersById.get(row.conversationId) ?? new Map<string, RegisterState>()
    registersById.set(row.conversationId, registers)
    const before = registers.get(row.register) ?? EMPTY_REGISTER
    registers.set(
      row.register,
      applyToRegister(before, operationOf(row), (id) => purged.has(id)),
    )
  }
  const left = [...registersById].filter(([, registers]) =>
    [...registers.values()].some(({ heads }) => heads.length > 0),
  )
  return new Map(left.map(([id, registers]) => [id, conversationOf(registers)]))
}

function operationOf(row: LogRow) {
  const { register, conversationId, stamp, value } = row
  const common = {
    register,
    conversationId,
    id: row.id as OperationId,
    overwrites: row.links as OperationId[],
  }
  return row.kind === 'stub'
    ? ({ ...common, kind: 'stub' } as const)
    : ({ ...common, kind: 'set', stamp, value } as const)
}

function conversationOf(registers: ReadonlyMap<string, RegisterState>): ConversationState {
  const winnerOf = (register: string) => registers.get(register)?.heads[0]?.value
  const title = winnerOf('title')
  const tags: string[] = []
  const textsById: Record<string, readonly string[]> = {}
  for (const [register, { heads }] of registers) {
    const parsed = parseRegister(register)
    if (parsed.kind === 'tag' && heads[0] !== undefined && heads[0].value !== null) tags.push(parsed.tag)
    if (parsed.kind !== 'message') continue
    const texts = textsOf(register, heads as readonly Head<MessageValue>[])
    if (texts !== undefined) textsById[parsed.messageId] = texts
  }
  return {
    title: titleOf(title),
    tags: tags.sort(),
    pinned: winnerOf('pinned') === true,
    archived: winnerOf('archived') === true,
    textsById,
  }
}

/** Undefined when the message is not shown: the winner removes it. */
function textsOf(register: string, heads: readonly Head<MessageValue>[]): readonly string[] | undefined {
  const [winner, ...losers] = distinctHeads(register, heads)
  if (winner === undefined || !isPresent(winner.value)) return undefined
  const others = losers.flatMap(({ value }) => (isPresent(value) ? [textOf(value)] : []))
  return [textOf(winner.value), ...others.sort()]
}

export function textOf({ message }: { readonly message: unknown }): string {
  const { parts = [] } = message as { parts?: readonly { text?: string }[] }
  return parts.map(({ text = '' }) => text).join('')
}

/** A title is a bare text, or a text with who gave it. */
function titleOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  const title = (value as { readonly title?: unknown } | null | undefined)?.title
  return typeof title === 'string' ? title : null
}
