import { spaceKey } from '../../src/engine/sync/space.ts'
import type { ConversationRecord } from '../../src/ports/records/conversation.ts'
import type { MessageRecord } from '../../src/ports/records/message.ts'
import type { LackingValue, SeenRecord } from '../../src/ports/records/seen.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import { PROJECT } from './acts.ts'
import type { Ledger } from './ledger.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

type Ids = ReadonlySet<string>
const NONE: Ids = new Set()

/**
 * What a device has shown never goes back: what was a head there and is none any more does not become one again. A head whose value was
 * freed still is one. Only a comparison with a cloud that does not have it ends that: then it is neither here nor gone, what it
 * overwrote counts again, and it may come back from whoever has it.
 */
export function checkHeads(
  world: World,
  store: Store,
  database: string,
  changes: readonly TableChange[],
  operations: Ledger['operations'],
): void {
  const { memory } = store
  const touched = new Map<string, string>()
  const lackingBefore = new Map<string, LackingValue>()
  for (const { store: table, before, after } of changes)
    if (table === 'seen') noteSeen(before as SeenRecord | undefined, after as SeenRecord | undefined)
  for (const { store: table, after } of changes) {
    if (after === undefined) continue
    if (table === 'conversations') {
      const { id, registers } = after as ConversationRecord
      for (const [register, heads] of Object.entries(registers)) noteHere(id, register, heads)
    } else if (table === 'messages') {
      const record = after as MessageRecord
      if (record.moved !== true) noteHere(record.conversationId, `message:${record.id}`, record.heads)
    }
  }
  for (const [key, conversationId] of touched) checkRegister(key, conversationId)

  function noteSeen(before: SeenRecord | undefined, after: SeenRecord | undefined): void {
    const { register, conversationId } = before ?? after ?? {}
    memory.stubs.set(`${database} ${conversationId} ${register}`, after?.stubs ?? {})
    if (register === 'purges')
      memory.purges.set(`${database} ${conversationId}`, new Set(Object.values(after?.purges ?? {}).flat()))
    if (register !== 'lacking' || conversationId === undefined) return
    for (const name of new Set([
      ...Object.keys(before?.lacking ?? {}),
      ...Object.keys(after?.lacking ?? {}),
    ])) {
      const key = `${database} ${conversationId} ${name}`
      const [old, now] = [before?.lacking?.[name] ?? {}, after?.lacking?.[name] ?? {}]
      for (const [id, value] of Object.entries(old)) if (!lackingBefore.has(id)) lackingBefore.set(id, value)
      memory.lacking.set(key, new Set(Object.keys(now)))
      // Freed: with their messages the heads are away.
      const freed = Object.keys(now).filter((id) => !(id in old))
      if (freed.length > 0) memory.here.set(key, without(memory.here.get(key) ?? NONE, freed))
      touched.set(key, conversationId)
    }
  }

  function noteHere(
    conversationId: string,
    register: string,
    heads: readonly { readonly id: string }[],
  ): void {
    const key = `${database} ${conversationId} ${register}`
    memory.here.set(key, new Set(heads.map(({ id }) => id)))
    touched.set(key, conversationId)
  }

  function checkRegister(key: string, conversationId: string): void {
    const now = new Set([...(memory.here.get(key) ?? NONE), ...(memory.lacking.get(key) ?? NONE)])
    for (const id of memory.heads.get(key) ?? NONE) {
      if (now.has(id)) continue
      const lacking = lackingBefore.get(id)
      if (
        lacking === undefined ||
        isHidden(id, key, now, memory.purges.get(`${database} ${conversationId}`) ?? NONE)
      )
        memory.left.add(`${database} ${id}`)
      else noteLost(id, key, lacking)
    }
    for (const id of now)
      if (memory.left.has(`${database} ${id}`))
        world.fail('nothing goes back', `${store.name} ${key} shows ${id} again`)
    memory.heads.set(key, now)
  }

  /** Whether something that counts, or that was purged, leads down to it, through what is known here. */
  function isHidden(id: string, key: string, heads: Ids, purged: Ids): boolean {
    if (purged.has(id)) return true
    const stubs = memory.stubs.get(key) ?? {}
    const met = new Set<string>()
    const todo = [...heads].flatMap(overwritesOf).concat([...purged].flatMap((each) => stubs[each] ?? []))
    for (let below = todo.pop(); below !== undefined; below = todo.pop()) {
      if (below === id) return true
      if (met.has(below)) continue
      met.add(below)
      todo.push(...(stubs[below] ?? []))
    }
    return false
  }

  function noteLost(id: string, key: string, { provenAt }: LackingValue): void {
    const space = memory.spaces.get(`${database} ${spaceKey(PROJECT)}`)
    if (space?.suspect !== true || provenAt === (space.resets ?? 0))
      world.fail('nothing is hidden: what was freed counts', `${store.name} ${key} gives up ${id}`)
    for (const each of allBelow([id])) memory.left.delete(`${database} ${each}`)
  }

  function allBelow(ids: readonly string[]): Ids {
    const met = new Set<string>()
    const todo = [...ids]
    for (let above = todo.pop(); above !== undefined; above = todo.pop()) {
      for (const id of overwritesOf(above)) {
        if (met.has(id)) continue
        met.add(id)
        todo.push(id)
      }
    }
    return met
  }

  function overwritesOf(id: string): readonly string[] {
    const operation = operations.get(id)
    return operation?.kind === 'set' ? operation.overwrites : []
  }
}

const without = (ids: Ids, others: readonly string[]): Ids => {
  const left = new Set(ids)
  for (const id of others) left.delete(id)
  return left
}
