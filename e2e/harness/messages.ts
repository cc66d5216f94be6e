/** A message as AI SDK's `useChat` holds it. */
export type UiMessage = {
  readonly id: string
  readonly role: 'user' | 'assistant'
  readonly parts: readonly { readonly type: 'text'; readonly text: string }[]
}

let made = 0

/** A user's message with an id of its own. */
export function aMessage(text: string, role: UiMessage['role'] = 'user'): UiMessage {
  made += 1
  return { id: `m${made}-${Math.random().toString(36).slice(2, 8)}`, role, parts: [{ type: 'text', text }] }
}

/** `first`, `first + 1`, … as texts of messages that take turns. */
export function someMessages(count: number, text = 'message'): readonly UiMessage[] {
  return Array.from({ length: count }, (_, index) =>
    aMessage(`${text} ${index + 1}`, index % 2 === 0 ? 'user' : 'assistant'),
  )
}
