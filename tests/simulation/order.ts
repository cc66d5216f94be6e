import type { Operation } from '../../src/domain/operation.ts'
import type { World } from './world.ts'

/** Operations of one disk in the order in which they were written, by database and conversation. */
export type Order = {
  readonly queues: Map<string, readonly string[]>
  /** Put aside once: may be overtaken. */
  readonly aside: Set<string>
}

export function noteWritten(
  { queues }: Order,
  database: string,
  { id, kind, conversationId }: Operation,
): void {
  if (kind === 'purge') return
  const key = `${database} ${conversationId}`
  const queue = queues.get(key) ?? []
  if (!queue.includes(id)) queues.set(key, [...queue, id])
}

/** The cloud took an operation for the first time: everything that was written before it in its conversation has to be there. */
export function checkOrder(
  world: World,
  sender: string,
  { queues, aside }: Order,
  database: string,
  operation: Operation,
  held: ReadonlySet<string>,
): void {
  const key = `${database} ${operation.conversationId}`
  const queue = queues.get(key)
  if (queue === undefined) return
  const left = queue.filter((id) => !held.has(id))
  queues.set(key, left)
  const index = left.indexOf(operation.id)
  const overtaken = left.slice(0, Math.max(0, index)).find((id) => !aside.has(id))
  if (overtaken !== undefined)
    world.fail('strict order in a conversation', `${sender} sent ${operation.id} before ${overtaken}`)
}
