import type { Shelf } from '../../domain/conversation.ts'
import type { Head } from '../../domain/merge.ts'

/** Everything that is known of a conversation but its messages. Key: `id`. */
export type ConversationRecord = {
  readonly id: string
  readonly projectId: string
  /** `gone`: a purge left nothing that a list would show. The record stays, with what the cloud may have to be told again. */
  readonly shelf: Shelf | 'gone'
  /** Time of the newest shown message (its `createdAt`), or of creation. Milliseconds. */
  readonly lastMessageAt: number
  readonly createdAt: number
  /** The first shown message, whose time `createdAt` is. */
  readonly firstId: string | null
  readonly title: string
  /** The message that names a conversation nobody named, and the name it gives. */
  readonly titleFrom: {
    readonly id: string
    readonly born: number
    readonly role: string
    readonly title: string
  } | null
  readonly messageCount: number
  readonly preview: string
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
  /** Grows with every write to this conversation, its messages or its draft on this device; caches compare it. */
  readonly revision: number
  /** Heads of all registers but the messages', winner first. */
  readonly registers: Readonly<Record<string, readonly Head[]>>
  /** Where a page starts: the newest descendant of the last explicit choice. Null without messages. */
  readonly leafId: string | null
  /** The greatest (born, id) of all messages, removed ones included; null without messages. */
  readonly newest: { readonly id: string; readonly born: number } | null
  /** True while every message is the child of the one before it: then the list is the tree. */
  readonly linear: boolean
  /** Registers on which a person has to choose. */
  readonly conflicts: readonly string[]
  /** Messages in packs, for the fold and for counting without reading. */
  readonly packedCount: number
  readonly tailCount: number
  /** Nothing was ever overwritten or purged here: the store `seen` holds nothing of it, and need not be asked. */
  readonly pristine?: true
  /**
   * A conversation whose content is in the cloud and not here: known from its list and not fetched yet, or freed (then `lacking` is there).
   * What a list shows of it.
   */
  readonly absent?: ListedFacts
  /**
   * Operations whose values only the cloud has; `seen` holds which, under `lacking`. `wanted`: what the cloud has of it is fetched without being
   * asked for; without `absent`: beside what was written here before the first sync.
   */
  readonly lacking?: { readonly count: number; readonly wanted?: true }
  /**
   * Records of it were damaged and are set aside: so many of its messages cannot be read here. `settled`: the cloud was asked for
   * everything since and has not them either; without it they are fetched as soon as there is a cloud to ask.
   */
  readonly damaged?: { readonly messageCount: number; readonly at: number; readonly settled?: true }
}

/** What the cloud's list told of a conversation that is not here yet. */
export type ListedFacts = {
  readonly title: string
  readonly messageCount: number
  readonly preview: string
  readonly createdAt: number
  readonly lastMessageAt: number
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
  /** Deleted for ever: what is to be fetched are purges. */
  readonly gone?: true
}
