/** Where a message stands in its conversation's tree. Every edit copies the pair; the least `born` of several heads decides. */
export type Place = {
  readonly parentId: string | null
  /** The stamp of the message's first operation, at least the parent's + 1. Lists are ordered by (born, id). */
  readonly born: number
}

/** Order in storage and in lists: (born, id), never the stamp. So a parent precedes its children and an edit moves nothing. */
export function comparePlaces(
  a: { readonly born: number; readonly id: string },
  b: { readonly born: number; readonly id: string },
): number {
  if (a.born !== b.born) return a.born - b.born
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
