import { ChatkeepError } from '../domain/errors.ts'
import { assertJson } from '../domain/json.ts'
import type { ImportTexts, TextConversation } from '../domain/service/import.ts'
import { joinRuns } from '../domain/text-run.ts'
import type { AppConversation } from './app-message.ts'

/** Characters of messages that one call carries, unless one conversation has more. */
const CALL_CHARACTERS = 1_000_000
/** Calls under way: the page makes the next texts while the worker packs these and the browser writes those before. */
const CALLS_AT_ONCE = 8

export type ImportOptions = {
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
export async function importInCalls<Saved extends Imported>(
  conversations: readonly AppConversation[],
  { signal, onProgress }: ImportOptions,
  call: (part: Pick<ImportTexts, 'conversations' | 'relaxed'>) => Promise<Saved>,
): Promise<{ readonly total: Imported; readonly saved: readonly Saved[] }> {
  const saved: Saved[] = []
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
  return { total: { imported: count(), messageCount }, saved }
}

function toTexts({ messages, ...rest }: AppConversation, index: number): TextConversation {
  const beside = messages.map(({ message: _, ...known }) => known)
  return {
    ...rest,
    runs: joinRuns(textsOf(messages, index)),
    ...(beside.some((known) => Object.keys(known).length > 0) ? { beside } : {}),
  }
}

function* textsOf(messages: AppConversation['messages'], index: number): Generator<string> {
  for (const [at, { message }] of messages.entries()) {
    const place = `conversations[${index}].messages[${at}].message`
    if (typeof message !== 'object' || message === null) throw notAMessage(place)
    assertJson(message, place)
    yield JSON.stringify(message)
  }
}

function notAMessage(place: string): ChatkeepError {
  return new ChatkeepError(
    'input/invalid',
    `${place} is no message. What came before it is imported; the rest is not.`,
    { details: { path: place } },
  )
}
