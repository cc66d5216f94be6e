import { firstDifference } from '../harness/page/read-back.ts'
import { type LogRow, logFaults } from '../harness/server-log.ts'
import type { ShownConversation } from './device-state.ts'
import { stateOfLog, textOf } from './log-state.ts'
import type { Outcome, Written } from './record.ts'

/** How often a text may be in the log, by what its writer was told. */
const TIMES: Readonly<Record<Outcome, readonly number[]>> = {
  acknowledged: [1],
  unknown: [0, 1],
  refused: [0],
}

/** What breaks the promise of one effect: a gap in the log, an acknowledged text that is not there once and was not deleted for ever. */
export function writeProblems(rows: readonly LogRow[], writes: readonly Written[]): readonly string[] {
  const problems = [...logFaults(rows)]
  const timesByText = new Map<string, number>()
  const erased = new Set(
    rows.flatMap(({ kind, conversationId, register }) =>
      kind === 'stub' ? [`${conversationId} ${register}`] : [],
    ),
  )
  for (const { kind, live, register, conversationId, value } of rows) {
    if (kind !== 'set' || !live || !register.startsWith('message:')) continue
    const { removed, ...message } = value as { removed?: true; message: unknown }
    if (removed === true) continue
    const key = `${conversationId} ${register} ${textOf(message)}`
    timesByText.set(key, (timesByText.get(key) ?? 0) + 1)
  }
  for (const { conversationId, messageId, text, outcome } of writes) {
    const times = timesByText.get(`${conversationId} message:${messageId} ${text}`) ?? 0
    if (times === 0 && erased.has(`${conversationId} message:${messageId}`)) continue
    if (!TIMES[outcome].includes(times)) {
      problems.push(`"${text}" (${outcome}) in ${conversationId} is ${times} times in the log`)
    }
  }
  return problems
}

export type SeenState = Readonly<Record<string, ShownConversation>>

/** Where what a tab shows differs from what the log's operations say, whose state is a function of them alone. */
export function stateProblems(who: string, seen: SeenState, rows: readonly LogRow[]): readonly string[] {
  const problems: string[] = []
  const states = stateOfLog(rows)
  for (const id of Object.keys(seen)) {
    if (!states.has(id)) problems.push(`${who} shows ${id}, of which the log knows nothing`)
  }
  for (const [id, { title, textsById, ...flags }] of states) {
    const conversation = seen[id]
    if (conversation === undefined) {
      problems.push(`${who} does not show ${id}`)
      continue
    }
    const { metadata, messages } = conversation
    const shownTexts = Object.fromEntries(Object.entries(messages).map(([id, { texts }]) => [id, texts]))
    const shownFlags = {
      tags: [...(metadata.tags as string[])].sort(),
      pinned: metadata.pinned,
      archived: metadata.archived,
    }
    const differences = [
      firstDifference(flags, shownFlags, 'metadata'),
      firstDifference(textsById, shownTexts, 'messages'),
      title === null ? undefined : firstDifference(title, metadata.title, 'title'),
      firstDifference(Object.keys(textsById).length, metadata.messageCount, 'messageCount'),
    ]
    for (const difference of differences) {
      if (difference !== undefined) problems.push(`${who}, ${id}: ${difference} (the log)`)
    }
    for (const [messageId, { status }] of Object.entries(messages)) {
      if (status === 'streaming') problems.push(`${who}, ${id}: ${messageId} still streams`)
    }
  }
  return problems
}

/** Where the server's own list differs from what a tab shows outside of the trash. */
export function listProblems(
  who: string,
  seen: SeenState,
  listed: readonly Readonly<Record<string, unknown>>[],
): readonly string[] {
  const pick = ({ id, title, messageCount, archived, pinned, tags }: Readonly<Record<string, unknown>>) => ({
    id,
    title,
    messageCount,
    archived,
    pinned,
    tags: [...((tags as string[] | undefined) ?? [])].sort(),
  })
  const byId = (conversations: readonly Readonly<Record<string, unknown>>[]) =>
    Object.fromEntries(
      conversations
        .filter(({ trashed }) => trashed !== true)
        .map((conversation) => [String(conversation.id), pick(conversation)]),
    )
  const difference = firstDifference(
    byId(listed),
    byId(Object.values(seen).map(({ metadata }) => metadata)),
    'list',
  )
  return difference === undefined ? [] : [`${who}: ${difference} (the server's list)`]
}

export function differenceProblems([first, ...others]: readonly (readonly [
  who: string,
  seen: SeenState,
])[]): readonly string[] {
  if (first === undefined) return []
  return others.flatMap(([who, seen]) => {
    const difference = firstDifference(first[1], seen, who)
    return difference === undefined ? [] : [`${difference} (${first[0]})`]
  })
}
