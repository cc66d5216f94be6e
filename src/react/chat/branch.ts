import { toChatMessage } from '../../client/app-message.ts'
import { jsonEquals } from '../../domain/json.ts'
import type { ChatMessage, MessageStatus } from '../../domain/message.ts'
import type { CommandResult } from '../../domain/service/command.ts'
import type { MessagePage, StoredMessage } from '../../domain/service/message-page.ts'
import type { AnyMessage } from './chat-driver.ts'

export type MessagePlace = { readonly id: string; readonly born: number }

/** What of a list is not in the store yet. */
export type Unsaved<M> = {
  /** Messages that the store does not have; they go to its end. */
  readonly added: readonly M[]
  /** The last stored message; null when there is none. */
  readonly after: MessagePlace | null
  /** True when the list left the stored branch on purpose: it follows something else than the leaf that was shown. */
  readonly isFork: boolean
  /** Stored messages that were changed in memory. */
  readonly edited: readonly M[]
  /** Some of what is added is on screen before a stored message: as when an answer came back while a question was asked. */
  readonly isOutOfOrder: boolean
}

/**
 * What the store knows of the branch in memory. Decides how a page from the store and the list in memory become one list,
 * so that an older snapshot never replaces a newer message.
 */
export type Branch<M extends AnyMessage> = {
  /** Revision of the newest page or write that this branch includes; -1 before any. */
  readonly revision: number
  /** The stored end of the branch on screen. */
  readonly leaf: MessagePlace | null
  readonly older: MessagePlace | null
  /** By the message's id in memory. */
  readonly envelopesById: ReadonlyMap<string, StoredMessage>
  /** The list to show when the newest page is `page`: stored messages, then what only memory has. */
  applyPage(page: MessagePage, memory: readonly M[]): readonly M[]
  /** True when the page is of another branch, and would take changes from the screen that are not saved. */
  isLeftBehindBy(page: MessagePage, memory: readonly M[]): boolean
  /** The list to show with an older page before it. */
  prependPage(page: MessagePage, memory: readonly M[]): readonly M[]
  unsavedOf(memory: readonly M[]): Unsaved<M>
  /**
   * Records a write of exactly these messages, in this order. Answers false when memory is behind: the result does not tell their
   * places, or others wrote between what is on screen and this.
   */
  noteWritten(
    messages: readonly M[],
    result: CommandResult,
    status: MessageStatus,
    createdAt: number,
  ): boolean
  /** The next page may be of any branch: the person chose another one. */
  leaveLeaf(): void
  reset(): void
}

export function createBranch<M extends AnyMessage>(): Branch<M> {
  let revision = -1
  let leaf: MessagePlace | null = null
  let older: MessagePlace | null = null
  let envelopesById: ReadonlyMap<string, StoredMessage> = new Map()

  return {
    get revision() {
      return revision
    },
    get leaf() {
      return leaf
    },
    get older() {
      return older
    },
    get envelopesById() {
      return envelopesById
    },
    applyPage(page, memory) {
      const inPage = new Set(page.messages.map((stored) => stored.message.id))
      const shown = storedAsShown(page.messages, memory)
      const onlyInMemory = memory.filter(({ id }) => !envelopesById.has(id) && !inPage.has(id))
      envelopesById = new Map(page.messages.map((stored) => [stored.message.id, stored]))
      revision = page.revision
      leaf = page.leaf
      older = page.older
      return [...shown, ...onlyInMemory]
    },
    isLeftBehindBy(page, memory) {
      const inPage = new Set(page.messages.map((stored) => stored.message.id))
      return editedOf(memory).some(({ id }) => !inPage.has(id))
    },
    prependPage(page, memory) {
      const known = new Set(memory.map(({ id }) => id))
      const before = page.messages.filter((stored) => !known.has(stored.message.id))
      envelopesById = new Map([
        ...before.map((stored) => [stored.message.id, stored] as const),
        ...envelopesById,
      ])
      older = page.older
      return [...storedAsShown(before, memory), ...memory]
    },
    unsavedOf(memory) {
      const lastStored = memory.findLastIndex(({ id }) => envelopesById.has(id))
      const envelope = envelopesById.get(memory[lastStored]?.id ?? '')
      const after = envelope === undefined ? null : { id: envelope.id, born: envelope.born }
      const added = memory.filter(({ id }) => !envelopesById.has(id))
      return {
        added,
        after,
        isFork: (after?.id ?? null) !== (leaf?.id ?? null),
        edited: editedOf(memory),
        isOutOfOrder: added.length > memory.length - 1 - lastStored,
      }
    },
    noteWritten(messages, result, status, createdAt) {
      const isNext = result.revision <= revision + 1
      revision = Math.max(revision, result.revision)
      const isPlaceKnown = result.written.length === messages.length
      const placesById = new Map(result.written.map((place) => [place.id, place]))
      const next = new Map(envelopesById)
      for (const [index, message] of messages.entries()) {
        const previous = next.get(message.id)
        const place = isPlaceKnown ? result.written[index] : placesById.get(message.id)
        if (place === undefined) {
          // Another tab wrote it, too, or it was removed: nothing of it waits any more, and the next page says what there is.
          const unknown = { id: message.id, parentId: null, born: (leaf?.born ?? 0) + 1, createdAt, status }
          next.set(message.id, { ...(previous ?? unknown), message: toChatMessage(message) })
          if (previous === undefined) leaf = { id: unknown.id, born: unknown.born }
          continue
        }
        next.set(message.id, { createdAt, ...previous, ...place, message: toChatMessage(message), status })
        // An edit in place moves nothing; anything else is the new end.
        if (previous?.id !== place.id) leaf = { id: place.id, born: place.born }
      }
      envelopesById = next
      return isPlaceKnown && isNext
    },
    leaveLeaf() {
      leaf = null
    },
    reset() {
      revision = -1
      leaf = null
      older = null
      envelopesById = new Map()
    },
  }

  function editedOf(memory: readonly M[]): readonly M[] {
    return memory.filter((message) => {
      const stored = envelopesById.get(message.id)
      return stored !== undefined && !jsonEquals(stored.message, message)
    })
  }

  /** Keeps the object in memory where it says the same, and where it was changed here and not saved yet. */
  function storedAsShown(stored: readonly StoredMessage[], memory: readonly M[]): M[] {
    const memoryById = new Map(memory.map((message) => [message.id, message]))
    return stored.map(({ message }) => {
      const mine = memoryById.get(message.id)
      if (mine === undefined) return fromChatMessage<M>(message)
      const known = envelopesById.get(message.id)
      const isChangedHere = known === undefined || !jsonEquals(known.message, mine)
      return isChangedHere || jsonEquals(message, mine) ? mine : fromChatMessage<M>(message)
    })
  }
}

/** The same object: what an app stored as its message comes back as it was. */
export const fromChatMessage = <M extends AnyMessage>(message: ChatMessage): M => message as unknown as M
