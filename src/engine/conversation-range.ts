/** All keys `[conversationId, …]` of `messages`, or of `packs` without their index. */
export const rangeOf = (conversationId: string) =>
  ({ lower: [conversationId, 0], upper: [conversationId, []] }) as const
