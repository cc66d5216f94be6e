import type { ChatkeepClient } from '../../client/api.ts'
import type { ChatkeepError } from '../../domain/errors.ts'
import { type ClientSource, toChatkeepError } from '../client-source.ts'
import { somebodyElse } from './acts.ts'
import type { Branch } from './branch.ts'
import type { AnyMessage, DrivenChat } from './chat-driver.ts'
import { loadBranch, loadPage } from './load-branch.ts'

export type SessionReaderOptions<M extends AnyMessage> = {
  readonly source: ClientSource
  readonly conversationId: string
  readonly branch: Branch<M>
  readonly chat: DrivenChat<M>
  readonly pageSize: number
  /** While true nothing from the store is applied: memory is ahead of it. */
  readonly isBusy: () => boolean
  readonly onAccountChanged: () => Promise<void>
  readonly changed: () => void
}

/** The way from the store to memory. */
export type SessionReader = {
  readonly isRestored: boolean
  readonly error: ChatkeepError | null
  /** Whose chat is on screen. */
  readonly accountId: string | null
  /** While the chat of who left goes from the screen. */
  readonly changing: Promise<void> | null
  /** Resolves when it has gone; rejects when by then it is not the chat of who was signed in before. */
  untilChanged(): Promise<void>
  /** Resolves when the stored messages are in memory; tries again after a failure. */
  restored(): Promise<void>
  /** Reads the newest state, once nothing is busy. Never rejects. */
  refresh(): Promise<void>
  /** Applies what was put off while something was busy. */
  settle(): void
  loadOlder(): Promise<void>
  selectBranch(treeId: string): Promise<void>
  follow(): () => void
}

export function createSessionReader<M extends AnyMessage>(options: SessionReaderOptions<M>): SessionReader {
  const { source, conversationId, branch, chat, pageSize, isBusy, onAccountChanged, changed } = options
  let restoring: Promise<void> | null = null
  let refreshing: Promise<void> | null = null
  let isRestored = false
  let isStale = false
  let error: ChatkeepError | null = null
  let accountId: string | null | undefined
  let changing: Promise<void> | null = null
  /** Counts the person's choices of a branch: what was read before the last one is not shown. */
  let choices = 0

  return {
    get isRestored() {
      return isRestored
    },
    get error() {
      return error
    },
    get accountId() {
      return accountId ?? null
    },
    get changing() {
      return changing
    },
    async untilChanged() {
      const { status } = await source.ready
      await changing
      if ((await source.ready).status.accountId !== status.accountId) throw somebodyElse()
    },
    restored,
    refresh,
    settle() {
      if (isStale) void refresh()
    },
    loadOlder,
    selectBranch,
    follow,
  }

  function restored(): Promise<void> {
    restoring ??= restore().catch((cause: unknown) => {
      restoring = null
      error = toChatkeepError(cause)
      changed()
      throw error
    })
    return restoring
  }

  async function restore(): Promise<void> {
    isStale = false
    const client = await source.ready
    accountId = client.status.accountId
    let isShown = false
    while (!isShown) isShown = await readInto(client, () => true)
    isRestored = true
    changed()
  }

  async function refresh(): Promise<void> {
    isStale = true
    // A first read that failed is in `error`; what changed during it is read after it.
    if (!isRestored) await restored().catch(() => {})
    if (!isRestored) return
    refreshing ??= readUntilFresh().finally(() => {
      refreshing = null
    })
    await refreshing
  }

  async function readUntilFresh(): Promise<void> {
    const client = await source.ready.catch(() => null)
    while (client !== null && isStale && !isBusy()) {
      isStale = false
      try {
        const wasApplied = await readInto(client, () => !isBusy())
        if (!wasApplied) isStale = true
      } catch (cause) {
        error = toChatkeepError(cause)
        changed()
      }
    }
  }

  /** Answers false when the answer had to be put off. */
  async function readInto(client: ChatkeepClient, mayApply: () => boolean): Promise<boolean> {
    const first = chat.messages.find(({ id }) => branch.envelopesById.has(id))
    const shown = {
      leaf: branch.leaf,
      firstId: branch.envelopesById.get(first?.id ?? '')?.id ?? null,
      count: branch.envelopesById.size,
      isWhole: branch.envelopesById.size > 0 && branch.older === null,
    }
    const choice = choices
    // Who signed in has another chat; `afterGap` comes to that.
    const isOfAnother = () => client.status.accountId !== accountId
    if (isOfAnother()) return true
    const page = await loadBranch(client, conversationId, shown, pageSize)
    if (isOfAnother()) return true
    if (!mayApply() || choice !== choices) return false
    error = null
    if (page.revision >= branch.revision && !branch.isLeftBehindBy(page, chat.messages))
      show(branch.applyPage(page, chat.messages))
    changed()
    return true
  }

  async function loadOlder(): Promise<void> {
    const { older, leaf } = branch
    if (older === null) return
    const client = await source.ready
    const page = await loadPage(client, conversationId, {
      before: older,
      limit: pageSize,
      ...(leaf === null ? {} : { leafId: leaf.id }),
    })
    if (branch.older !== older) return
    show(branch.prependPage(page, chat.messages))
    changed()
  }

  async function selectBranch(treeId: string): Promise<void> {
    const client = await source.ready
    await client.selectLeaf(conversationId, treeId)
    choices++
    branch.leaveLeaf()
    await refresh()
  }

  function show(messages: readonly M[]): void {
    const shown = chat.messages
    const isSame =
      messages.length === shown.length && messages.every((message, index) => message === shown[index])
    if (!isSame) chat.replaceMessages(messages)
  }

  function follow(): () => void {
    let unsubscribe = () => {}
    let stopped = false
    source.ready.then(
      (client) => {
        if (stopped) return
        unsubscribe = client.subscribe((change) => {
          if ('all' in change) void afterGap(client)
          else if (change.conversationId === conversationId && change.revision > branch.revision)
            void refresh()
        })
        // What fails here is in `error`, and the next act that needs the messages tries again.
        if (isRestored) void afterGap(client)
        else restored().catch(() => {})
      },
      (cause: unknown) => {
        error = toChatkeepError(cause)
        changed()
      },
    )
    return () => {
      stopped = true
      unsubscribe()
    }
  }

  /** Another account means another database: nothing of this one may stay on screen or be saved there. */
  async function afterGap(client: ChatkeepClient): Promise<void> {
    if (accountId === undefined || client.status.accountId === accountId) return refresh()
    changing ??= changeAccount(client).finally(() => {
      changing = null
    })
    await changing
    await refresh()
  }

  async function changeAccount(client: ChatkeepClient): Promise<void> {
    await onAccountChanged()
    if (client.status.accountId === accountId) return
    accountId = client.status.accountId
    choices++
    branch.reset()
    chat.replaceMessages([])
  }
}
