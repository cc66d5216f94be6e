import type { ChatkeepClient } from '../../client/api.ts'
import { toChatMessage } from '../../client/app-message.ts'
import type { ChatkeepError } from '../../domain/errors.ts'
import type { CommandResult } from '../../domain/service/command.ts'
import type { MessageInput } from '../../domain/service/message-commands.ts'
import { type ClientSource, toChatkeepError } from '../client-source.ts'
import { type AnswerRecorder, createAnswerRecorder } from './answer-recorder.ts'
import { type Branch, fromChatMessage } from './branch.ts'
import type { AnswerEnd, AnyMessage, ChatEvents, DrivenChat } from './chat-driver.ts'
import { loadPage } from './load-branch.ts'
import type { Unanswered } from './session-state.ts'

export type SessionWriterOptions<M extends AnyMessage> = {
  readonly source: ClientSource
  readonly conversationId: string
  readonly projectId: string | undefined
  readonly branch: Branch<M>
  readonly chat: () => DrivenChat<M>
  readonly restored: () => Promise<void>
  /** Whose chat is on screen. */
  readonly owner: () => string | null
  readonly changed: () => void
  /** Memory has to be read again: what it shows is not what the store has now. */
  readonly onBehind: () => void
  /** Nothing is being written any more. */
  readonly settled: () => void
}

/** The way from memory to the store. */
export type SessionWriter<M extends AnyMessage> = ChatEvents<M> & {
  readonly isWriting: boolean
  readonly saveError: ChatkeepError | null
  readonly failure: Unanswered | null
  /** Saves what is only in memory, in order with other writes. */
  save(): Promise<void>
  /** Resolves when the last answer is written, or could not be. */
  finished(): Promise<void>
}

export function createSessionWriter<M extends AnyMessage>(
  options: SessionWriterOptions<M>,
): SessionWriter<M> {
  const { source, conversationId, branch, chat, restored, owner, changed, onBehind, settled } = options
  const project = options.projectId === undefined ? {} : { projectId: options.projectId }
  /** How answers ended that are not in the store yet. */
  const inputsById = new Map<string, MessageInput>()
  let queue: Promise<unknown> = Promise.resolve()
  let writes = 0
  let recorder: AnswerRecorder | null = null
  let saveError: ChatkeepError | null = null
  let failure: Unanswered | null = null

  return {
    get isWriting() {
      return writes > 0
    },
    get saveError() {
      return saveError
    },
    get failure() {
      return failure
    },
    save: () => inOrder(saveUnsaved).then(() => {}),
    finished: () => queue.then(() => {}),
    beforeRequest,
    answerGrew: (progress) => recorder?.grew(progress),
    answerEnded,
  }

  async function beforeRequest(): Promise<readonly M[]> {
    failure = null
    let asked: readonly M[]
    try {
      asked = await inOrder(saveUnsaved)
    } catch (error) {
      noteFailure('error')
      throw error
    }
    const client = await source.ready
    const accountId = owner()
    const question = branch.envelopesById.get(asked.at(-1)?.id ?? '')
    const after = question === undefined ? null : { id: question.id, born: question.born }
    const place = after?.id === branch.leaf?.id ? { after } : { after, fork: true }
    recorder = createAnswerRecorder({
      read: () => {
        const { answer } = chat()
        return answer === null ? null : toChatMessage(answer)
      },
      openDraft: (messageId) =>
        client.startDraft(conversationId, { messageId, accountId, ...project, ...place }),
      onStop: () => void chat().stop(),
    })
    return [...(await readBeforeWindow(client)), ...asked]
  }

  /** The model gets the whole branch, also what is older than the messages on screen. */
  async function readBeforeWindow(client: ChatkeepClient): Promise<readonly M[]> {
    const { older, leaf } = branch
    if (older === null) return []
    const page = await loadPage(client, conversationId, {
      before: older,
      limit: 0,
      ...(leaf === null ? {} : { leafId: leaf.id }),
    })
    return page.messages.map(({ message }) => fromChatMessage<M>(message))
  }

  function answerEnded({ message, outcome, isUnreachable, model }: AnswerEnd<M>): void {
    const ending = recorder
    recorder = null
    if (message === null) {
      noteFailure(isUnreachable ? 'offline' : outcome === 'stopped' ? 'stopped' : 'error')
      // A failed regenerate took the old answer from the screen; it is still stored.
      onBehind()
    }
    const input: MessageInput | null =
      message === null
        ? null
        : { message: toChatMessage(message), status: outcome, ...(model ? { model } : {}) }
    if (input !== null) inputsById.set(input.message.id, input)
    // What could not be written stays in memory as unsaved, and `saveError` says why.
    inOrder(async () => {
      const result = await ending?.finish(input)
      if (!result || message === null) return
      inputsById.delete(message.id)
      if (!branch.noteWritten([message], result, outcome, Date.now())) onBehind()
    }).catch(() => {})
  }

  /** Answers the list that is saved: what comes to the chat later is a later save's, and a later request's. */
  async function saveUnsaved(): Promise<readonly M[]> {
    await restored()
    const client = await source.ready
    const list = [...chat().messages]
    // The answer that is being written is the recorder's to save.
    const growingId = recorder === null ? undefined : (chat().answerId ?? chat().answer?.id)
    const memory = list.filter(({ id }) => id !== growingId)
    const { edited } = branch.unsavedOf(memory)
    if (edited.length > 0) {
      const known = memory.filter(({ id }) => branch.envelopesById.has(id))
      const changes = { ...project, accountId: owner(), changed: edited.map(({ id }) => id) }
      note(edited, await client.saveMessages(conversationId, known.map(toInput), changes))
    }
    // An edit may have become a branch, which what was added follows then.
    const { added, after, isFork, isOutOfOrder } = branch.unsavedOf(memory)
    if (added.length === 0) return list
    const place = { ...project, accountId: owner(), after, ...(isFork ? { fork: true } : {}) }
    note(added, await client.appendMessages(conversationId, added.map(toInput), place))
    for (const { id } of added) inputsById.delete(id)
    if (isOutOfOrder) onBehind()
    return list
  }

  function note(messages: readonly M[], result: CommandResult): void {
    if (!branch.noteWritten(messages, result, 'complete', Date.now())) onBehind()
  }

  function toInput(message: M): MessageInput {
    return inputsById.get(message.id) ?? { message: toChatMessage(message) }
  }

  function noteFailure(reason: Unanswered['reason']): void {
    const question = chat().messages.findLast(({ role }) => role === 'user')
    failure = question === undefined ? null : { messageId: question.id, reason }
  }

  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    writes++
    const running = queue.then(work).then(
      (result) => {
        saveError = null
        return result
      },
      (error: unknown) => {
        saveError = toChatkeepError(error)
        throw saveError
      },
    )
    queue = running
      .catch(() => {})
      .then(() => {
        writes--
        changed()
        if (writes === 0) settled()
      })
    return running
  }
}
