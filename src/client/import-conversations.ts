import { ChatkeepError } from '../domain/errors.ts'
import { assertJson } from '../domain/json.ts'
import type { ImportTexts, TextConversation } from '../domain/service/import.ts'
import { joinRuns } from '../domain/text-run.ts'
import type { Saved } from './api.ts'
import type { AppConversation, AppMessageInput } from './app-message.ts'

/** Characters of messages that one call carries, unless one conversation has more. */
const CALL_CHARACTERS = 1_000_000
/** Calls under way: the page makes the next texts while the worker packs these and the browser writes those before. */
const CALLS_AT_ONCE = 8

/** How `importConversations` goes about it. */
export type ImportOptions = {
  /** Default: the client's. */
  readonly projectId?: string
  /** Stops before the next call; conversations that were imported stay. Rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after each part of the work. */
  readonly onProgress?: (progress: { readonly imported: number; readonly total: number }) => void
}

type Imported = { readonly imported: number; readonly messageCount: number }

/**
 * Imports in several calls. Messages cross as JSON text, which the worker stores as it is. Each conversation is there whole or not
 * at all; what was imported before an error stays, and importing again adds what is missing.
 */
export async function importInCalls(
  conversations: readonly AppConversation[],
  { signal, onProgress }: ImportOptions,
  call: (part: Pick<ImportTexts, 'conversations' | 'relaxed'>) => Promise<Saved<Imported>>,
): Promise<Saved<Imported>> {
  if (!Array.isArray(conversations)) throw invalid('conversations', 'is no list. Nothing was imported.')
  const saved: Saved<Imported>[] = []
  const failures: unknown[] = []
  const running = new Set<Promise<void>>()
  const count = () => saved.reduce((sum, { imported }) => sum + imported, 0)

  const send = async (part: readonly TextConversation[]): Promise<void> => {
    const sent = call({ conversations: part, relaxed: true })
      .then((result) => {
        saved.push(result)
        onProgress?.({ imported: count(), total: conversations.length })
      })
      .catch((error: unknown) => void failures.push(error))
    const done = sent.finally(() => running.delete(done))
    running.add(done)
    if (running.size >= CALLS_AT_ONCE) await Promise.race(running)
  }

  try {
    let part: TextConversation[] = []
    let characters = 0
    for (const [index, conversation] of conversations.entries()) {
      signal?.throwIfAborted()
      if (failures.length > 0) break
      const texts = toTexts(conversation, index)
      part.push(texts)
      for (const { text } of texts.runs) characters += text.length
      if (characters < CALL_CHARACTERS && index < conversations.length - 1) continue
      await send(part)
      part = []
      characters = 0
    }
  } catch (error) {
    failures.push(error)
  }
  await Promise.all(running)
  // One strict transaction after relaxed ones: with it all of them are on disk.
  const isAnyOnItsWay = saved.length > 0 || conversations.length === 0
  if (isAnyOnItsWay)
    await call({ conversations: [] }).then(
      (last) => saved.push(last),
      (error: unknown) => failures.push(error),
    )
  if (failures.length > 0) throw failures[0]
  const messageCount = saved.reduce((sum, result) => sum + result.messageCount, 0)
  return {
    ...{ imported: count(), messageCount },
    get synced() {
      return Promise.all(saved.map(({ synced }) => synced)).then(() => {})
    },
  }
}

function toTexts(conversation: AppConversation, index: number): TextConversation {
  const { messages, ...rest } = Object(conversation) as AppConversation
  if (!Array.isArray(messages)) throw invalid(`conversations[${index}].messages`, `is no list. ${THE_REST}`)
  const beside = messages.map((one: AppMessageInput) => {
    const { message: _, ...known } = Object(one) as AppMessageInput
    return known
  })
  return {
    ...rest,
    runs: joinRuns(textsOf(messages, index)),
    ...(beside.some((known) => Object.keys(known).length > 0) ? { beside } : {}),
  }
}

function* textsOf(messages: AppConversation['messages'], index: number): Generator<string> {
  for (const [at, one] of messages.entries()) {
    const place = `conversations[${index}].messages[${at}].message`
    const { message } = Object(one) as AppMessageInput
    if (typeof message !== 'object' || message === null) throw invalid(place, `is no message. ${THE_REST}`)
    assertJson(message, place)
    yield JSON.stringify(message)
  }
}

const THE_REST = 'What came before it is imported; the rest is not.'

const invalid = (path: string, what: string): ChatkeepError =>
  new ChatkeepError('input/invalid', `${path} ${what}`, { details: { path } })
