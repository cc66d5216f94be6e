/** What is announced to pages and other engines: that something changed, never the data. */
export type ChangeEvent =
  | {
      readonly type: 'conversationChanged'
      readonly database: string
      readonly conversationId: string
      readonly projectId: string
      readonly revision: number
    }
  | { readonly type: 'statusChanged'; readonly database: string }
  | { readonly type: 'settingsChanged'; readonly database: string; readonly name: string }
  | { readonly type: 'accountChanged'; readonly database: string }

/** A loss-tolerant broadcast to every context of the origin, this one included. */
export interface Events {
  publish(event: ChangeEvent): void
  subscribe(listener: (event: ChangeEvent) => void): () => void
}
