import type { ClientSource } from '../client-source.ts'
import { createActs, somebodyElse } from './acts.ts'
import { createBranch } from './branch.ts'
import type { AnyMessage, ChatDriver, DrivenChat } from './chat-driver.ts'
import { createSessionReader } from './session-reader.ts'
import { type ChatSessionState, findUnanswered } from './session-state.ts'
import { createSessionWriter } from './session-writer.ts'

export type ChatSessionOptions<M extends AnyMessage, Chat extends DrivenChat<M>> = {
  readonly source: ClientSource
  readonly conversationId: string
  readonly projectId?: string | undefined
  readonly driver: ChatDriver<M, Chat>
  /** Messages read at once. Default 50. */
  readonly pageSize?: number | undefined
  /** Called when somebody shows the chat. */
  readonly onHeld?: () => void
  /** Called when nobody shows the chat any more and nothing of it is only in memory. */
  readonly onIdle?: () => void
}

/**
 * One conversation in memory, bound to the store: restores it, saves each question before its request leaves, keeps the
 * answer while it grows, follows other tabs. It goes on answering while no component shows it.
 */
export type ChatSession<M extends AnyMessage, Chat extends DrivenChat<M> = DrivenChat<M>> = {
  readonly conversationId: string
  readonly chat: Chat
  getState(): ChatSessionState<M>
  subscribe(listener: () => void): () => void
  /** Keeps the chat open until released; restores and follows the store, if not told otherwise. */
  retain(options?: { readonly follow?: boolean }): () => void
  /** Runs an act that sends something; what the store announces meanwhile is applied after it. */
  act<T>(send: () => Promise<T>): Promise<T>
  /** Shows the list up to this message, without it, so that the next send branches there. False when it is not shown. */
  branchBefore(messageId: string): Promise<boolean>
  regenerate(target: Parameters<Chat['regenerate']>[0]): Promise<void>
  /** Stops the answer, wherever it is written; resolves when what there is of it is saved. */
  stop(): Promise<void>
  /** Replaces the list on screen and saves it. Messages that it lacks stay in the store. */
  setMessages(messages: readonly M[]): Promise<void>
  loadOlder(): Promise<void>
  /** Shows the branch through this message (an id of `siblings`), here and when the conversation is opened again. */
  selectBranch(treeId: string): Promise<void>
  /** Saves what is only in memory. */
  save(): Promise<void>
  refresh(): Promise<void>
}

export function createChatSession<M extends AnyMessage, Chat extends DrivenChat<M>>(
  options: ChatSessionOptions<M, Chat>,
): ChatSession<M, Chat> {
  const { source, conversationId, driver, pageSize = 50, onHeld, onIdle } = options
  const branch = createBranch<M>()
  const listeners = new Set<() => void>()
  const writer = createSessionWriter<M>({
    source,
    conversationId,
    projectId: options.projectId,
    branch,
    chat: () => chat,
    restored: () => reader.restored(),
    owner: () => reader.accountId,
    changed,
    onBehind: () => void reader.refresh(),
    settled,
  })
  const chat = driver({ conversationId, events: writer })
  const reader = createSessionReader<M>({
    source,
    conversationId,
    branch,
    chat,
    pageSize,
    isBusy,
    onAccountChanged: endAll,
    changed,
  })
  const acts = createActs({
    reader: () => reader,
    isAsking,
    stop: chat.stop,
    changed,
    settled,
    subscribe,
  })
  const { run: act } = acts
  let holders = 0
  let unfollow: (() => void) | null = null
  let state = readState()
  chat.subscribe(changed)

  return {
    conversationId,
    chat,
    getState: () => state,
    subscribe,
    retain,
    act,
    branchBefore,
    regenerate: (target) => act(() => regenerate(target)),
    stop,
    setMessages: async (messages) => {
      if (reader.changing !== null) throw somebodyElse() // They are from the screen that goes.
      await act(async () => {
        chat.replaceMessages(messages)
        await writer.save()
      })
    },
    loadOlder: reader.loadOlder,
    async selectBranch(treeId) {
      await writer.save()
      await reader.selectBranch(treeId)
    },
    save: writer.save,
    refresh: reader.refresh,
  }

  function retain({ follow = true }: { readonly follow?: boolean } = {}): () => void {
    holders++
    onHeld?.()
    if (follow) unfollow ??= reader.follow()
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      holders--
      // The component that replaces the one that left holds the chat again in the same commit.
      queueMicrotask(settled)
    }
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  async function branchBefore(messageId: string): Promise<boolean> {
    await keepShown()
    await includeBefore(messageId)
    const index = chat.messages.findIndex(({ id }) => id === messageId)
    if (index >= 0) chat.replaceMessages(chat.messages.slice(0, index))
    return index >= 0
  }

  async function regenerate(target: Parameters<Chat['regenerate']>[0]): Promise<void> {
    const messageId = target.messageId ?? chat.messages.at(-1)?.id
    if (messageId === undefined) return
    await keepShown()
    await includeBefore(messageId)
    await chat.regenerate({ ...target, messageId })
  }

  /** What leaves the screen is saved before; rejects when it cannot be, and then it stays there. */
  async function keepShown(): Promise<void> {
    if (isAsking()) await chat.stop()
    await writer.save()
  }

  /** The message to branch from has to be known: at the beginning of the window it is one page further up. */
  async function includeBefore(messageId: string): Promise<void> {
    if (chat.messages[0]?.id === messageId && branch.older !== null) await reader.loadOlder()
  }

  async function stop(): Promise<void> {
    const last = branch.envelopesById.get(chat.messages.at(-1)?.id ?? '')
    if (!isBusy() && last?.status === 'streaming') {
      const client = await source.ready
      return client.stopDraft(conversationId, last.id)
    }
    await stopOwn()
  }

  async function stopOwn(): Promise<void> {
    await chat.stop()
    await writer.finished()
  }

  /** Ends what the person who left had begun, for them. */
  async function endAll(): Promise<void> {
    await acts.end()
    await stopOwn()
    await writer.save().catch(() => {}) // What a full disk refuses goes with its owner's screen.
  }

  function isBusy(): boolean {
    return acts.areRunning || writer.isWriting || isAsking()
  }

  function isAsking(): boolean {
    return chat.status === 'submitted' || chat.status === 'streaming'
  }

  function settled(): void {
    if (isBusy()) return
    reader.settle()
    const { added } = branch.unsavedOf(chat.messages)
    if (holders > 0 || added.length > 0) return
    unfollow?.()
    unfollow = null
    onIdle?.()
  }

  function changed(): void {
    state = readState()
    for (const listener of [...listeners]) listener()
  }

  function readState(): ChatSessionState<M> {
    const isRunning = isBusy()
    const last = branch.envelopesById.get(chat.messages.at(-1)?.id ?? '')
    const { isRestored, error: restoreError } = reader
    return {
      messages: chat.messages,
      status: chat.status,
      error: chat.error ?? writer.saveError ?? restoreError ?? undefined,
      saveError: writer.saveError,
      isRestoring: !isRestored && restoreError === null,
      restoreError,
      envelopesById: branch.envelopesById,
      hasOlder: branch.older !== null,
      unanswered: findUnanswered(chat.messages, isRunning || !isRestored, writer.failure),
      isAnsweredElsewhere: !isRunning && last?.status === 'streaming',
    }
  }
}
