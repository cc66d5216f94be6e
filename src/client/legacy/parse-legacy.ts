import { ChatkeepError, type ErrorRecord, errorToRecord } from '../../domain/errors.ts'
import { isId } from '../../domain/ids.ts'
import type { ImportedConversation } from '../../domain/service/import.ts'
import { HISTORY_KEY, MESSAGES_PREFIX, THREADS_KEY } from './legacy-keys.ts'
import { type ParsedMessages, parseMessages } from './parse-messages.ts'

export type LegacyProblem = { readonly key: string; readonly error: ErrorRecord }

export type LegacyConversation = {
  readonly conversation: ImportedConversation
  /** The keys that it was read from: they may go only after it has been read back. */
  readonly keys: readonly string[]
}

export type ParsedLegacy = {
  readonly conversations: readonly LegacyConversation[]
  readonly problems: readonly LegacyProblem[]
}

type Thread = {
  readonly id: string
  readonly title?: string
  readonly createdAt: number | null
  readonly model: unknown
}

/**
 * LeanSpec's texts as conversations. The same texts and times give the same result in every tab, ids included. What cannot be
 * read is listed with its key, and the rest goes on. `savedAt` dates messages that carry no time of their own.
 */
export function parseLegacy(
  texts: ReadonlyMap<string, string>,
  savedAt: (key: string) => number,
): ParsedLegacy {
  const problems: LegacyProblem[] = []
  const conversations: LegacyConversation[] = []
  const threads = parseThreads(texts.get(THREADS_KEY), problems)
  const messageKeys = [...texts.keys()].filter((key) => key.startsWith(MESSAGES_PREFIX))
  const listed = new Set(threads.map(({ id }) => MESSAGES_PREFIX + id))
  const orphans = messageKeys.filter((key) => !listed.has(key)).map((key) => orphanOf(key, problems))
  for (const thread of [...threads, ...orphans]) {
    if (thread === undefined) continue
    const key = MESSAGES_PREFIX + thread.id
    const parsed = messagesOf(key, thread)
    const keys = [...(texts.has(key) ? [key] : []), ...(listed.has(key) ? [THREADS_KEY] : [])]
    if (parsed !== undefined) conversations.push(toConversation(thread.id, parsed, keys, thread.title))
  }
  const history = messagesOf(HISTORY_KEY, { createdAt: null, model: undefined })
  const first = history?.messages[0]
  if (history !== undefined && first !== undefined && !isContained(history, conversations)) {
    conversations.push(toConversation(`leanspec-${first.message.id}`.slice(0, 200), history, [HISTORY_KEY]))
  }
  return { conversations, problems }

  /** Undefined when the text is no list; an absent text is an empty one. */
  function messagesOf(
    key: string,
    { createdAt, model }: Pick<Thread, 'createdAt' | 'model'>,
  ): ParsedMessages | undefined {
    const text = texts.get(key)
    if (text === undefined) return { messages: [], unreadable: 0 }
    const list = parseList(text, key, problems)
    if (list === undefined) return undefined
    const parsed = parseMessages(list, { from: createdAt ?? savedAt(key), model })
    if (parsed.unreadable > 0)
      problems.push(problem(key, `${parsed.unreadable} entries of ${key} are no messages.`))
    return parsed
  }
}

function toConversation(
  id: string,
  { messages }: ParsedMessages,
  keys: readonly string[],
  title?: string,
): LegacyConversation {
  return { conversation: { id, ...(title === undefined ? {} : { title }), messages }, keys }
}

/** The first layout was left beside the second, which had taken its messages over. */
function isContained(history: ParsedMessages, conversations: readonly LegacyConversation[]): boolean {
  return conversations.some(({ conversation }) => {
    const ids = new Set(conversation.messages.map(({ message }) => message.id))
    return history.messages.every(({ message }) => ids.has(message.id))
  })
}

function parseThreads(text: string | undefined, problems: LegacyProblem[]): Thread[] {
  const list = text === undefined ? [] : (parseList(text, THREADS_KEY, problems) ?? [])
  const threads = new Map<string, Thread>()
  for (const entry of list) {
    const { id, title, createdAt, model } = (entry ?? {}) as Record<string, unknown>
    if (!isId(id)) {
      problems.push(problem(THREADS_KEY, 'A thread without a usable id was skipped.'))
      continue
    }
    const time =
      typeof createdAt === 'string' || typeof createdAt === 'number'
        ? new Date(createdAt).getTime()
        : Number.NaN
    const named = typeof title === 'string' && title.trim() !== '' ? { title: title.slice(0, 1_000) } : {}
    if (!threads.has(id))
      threads.set(id, { id, ...named, createdAt: Number.isFinite(time) ? time : null, model })
  }
  return [...threads.values()]
}

function orphanOf(key: string, problems: LegacyProblem[]): Thread | undefined {
  const id = key.slice(MESSAGES_PREFIX.length)
  if (isId(id)) return { id, createdAt: null, model: undefined }
  problems.push(problem(key, 'The key names no usable thread id.'))
  return undefined
}

function parseList(text: string, key: string, problems: LegacyProblem[]): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
    problems.push(problem(key, `${key} holds no list.`))
  } catch {
    problems.push(problem(key, `${key} holds no complete JSON.`))
  }
  return undefined
}

function problem(key: string, reason: string): LegacyProblem {
  const text = `${reason} It was left where it is; nothing was lost.`
  return { key, error: errorToRecord(new ChatkeepError('migration/unreadable', text, { details: { key } })) }
}
