/** A message as AI SDK's `useChat` holds it. */
export type Message = {
  readonly id: string
  readonly role: string
  readonly parts: readonly { readonly type: 'text'; readonly text: string }[]
}

export type Conversation = { readonly id: string; readonly messages: readonly Message[] }

/** One way of keeping chats. All of them keep the same things; each does it as well as its kind can. */
export type Contender = {
  /** Opens or creates a database; everything below works on it. `isQueueing`: there is a cloud, and what is written is queued for it. */
  open(database: string, isQueueing?: boolean): Promise<void>
  /** Writes whole conversations, as fast as it goes; with a row in the queue for each message, where there is a cloud. */
  import(conversations: readonly Conversation[]): Promise<void>
  /** One message, its conversation and its row in the queue in one strict transaction. */
  append(conversationId: string, message: Message): Promise<void>
  /** A call that reads and writes nothing, where there is a worker to call. */
  hop?(): Promise<void>
  /** Many messages that arrive at once. */
  burst(conversationId: string, messages: readonly Message[]): Promise<void>
  loadAll(conversationId: string): Promise<readonly Message[]>
  loadNewest(conversationId: string, count: number): Promise<readonly Message[]>
  /** Ids of the newest conversations. */
  list(count: number): Promise<readonly string[]>
  /** Saves a growing answer; called many times a second. */
  saveGrowing(conversationId: string, message: Message): Promise<void>
  /** What is stored of it. */
  endGrowing(conversationId: string, message: Message): Promise<Message | undefined>
  /** Deletes the database. */
  remove(): Promise<void>
}
