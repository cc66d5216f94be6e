import type { Operation } from '../../src/domain/operation.ts'
import type { Store } from './store.ts'
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

/** The log takes an operation that is new to it: what its sender had overwritten by it has to be there already. */
export function checkBelow(
  world: World,
  { name, memory }: Store,
  database: string,
  operation: Operation,
  { log, aside }: { readonly log: ReadonlySet<string>; readonly aside: ReadonlySet<string> },
): void {
  if (operation.kind === 'purge') return
  for (const id of operation.overwrites) {
    if (log.has(id) || aside.has(id) || !memory.left.has(`${database} ${id}`)) continue
    world.fail(
      'what is overwritten comes before what overwrites it',
      `${name} sent ${operation.kind} ${operation.id} before ${id}`,
    )
  }
}
