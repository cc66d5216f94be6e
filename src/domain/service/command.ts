import type { MutationId } from '../ids.ts'

/** Every command carries the id of the act that it repeats: the same id twice has one effect and one result. */
export type Command = { readonly mutationId: MutationId }

export type ConversationCommand = Command & { readonly conversationId: string }

/** What a command did. */
export type CommandResult = {
  readonly conversationId: string
  /** Of the conversation on this device after it. */
  readonly revision: number
  /** Ids and places of the messages that it wrote, in order. */
  readonly written: readonly {
    readonly id: string
    readonly born: number
    readonly parentId: string | null
  }[]
  /** True when something waits for the cloud because of it. */
  readonly queued: boolean
}
