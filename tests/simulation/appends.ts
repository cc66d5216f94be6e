import type { Place } from '../../src/domain/message.ts'
import type { Operation, SetOperation } from '../../src/domain/operation.ts'
import type { DraftRecord } from '../../src/ports/records/draft.ts'
import type { OutboxRecord } from '../../src/ports/records/outbox.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** What an act means to do: append to what is open, append after what its tab saw, or end an answer. */
export type Plan = 'append' | 'append-after' | 'end-of-answer'

type Known = {
  readonly plans: ReadonlyMap<string, Plan>
  readonly operations: ReadonlyMap<string, Operation>
  readonly purged: ReadonlySet<string>
}

/**
 * Only who means to branch does: an append and a new answer stand below a message that has nothing below it. Called with every commit,
 * once the heads in it are noted.
 */
export function checkAppends(
  world: World,
  store: Store,
  database: string,
  changes: readonly TableChange[],
  known: Known,
): void {
  const rows = changes.filter(({ store: table, before }) => table === 'outbox' && before === undefined)
  const written = rows.flatMap(({ after }) => (after === undefined ? [] : [after as OutboxRecord]))
  // What others write in the same transaction may branch.
  if (new Set(written.map(({ mutationId }) => mutationId)).size > 1) return
  for (const { mutationId, operations } of written) {
    // A row that is put again was judged when its act was done.
    if (store.memory.mutations.has(`${database} ${mutationId}`)) continue
    const plan = known.plans.get(mutationId)
    if (plan !== 'append' && plan !== 'append-after') continue
    const made = operations.filter((operation): operation is SetOperation => operation.kind === 'set')
    const own = new Set(made.map(({ register }) => register))
    const [first] = made.filter(
      ({ register, overwrites }) => register.startsWith('message:') && overwrites.length === 0,
    )
    if (first === undefined) continue
    const { conversationId } = first
    const { parentId } = first.value as Place
    const child = childOf(store, database, conversationId, parentId, known, own)
    if (child !== undefined)
      world.fail(
        'an append does not branch',
        `${store.name} put ${first.register} of ${conversationId} beside ${child}, below ${parentId}`,
      )
    const isWhole = !hasOrphans(store, database, conversationId, known)
    if (plan === 'append' && isWhole && made.some(({ register }) => register === 'leaf'))
      world.fail(
        'an append chooses no branch',
        `${store.name} ${mutationId} writes which branch of ${conversationId} is open, below ${parentId}`,
      )
  }
  for (const { store: table, before, after } of changes) {
    if (table !== 'drafts' || before !== undefined || after === undefined) continue
    const { kind, conversationId, messageId, parentId } = after as DraftRecord
    if (kind !== 'answer' || parentId === null) continue
    const child = childOf(store, database, conversationId, parentId, known, new Set([`message:${messageId}`]))
    if (child !== undefined)
      world.fail('an answer is an append', `${store.name} began ${messageId} beside ${child}`)
  }
}

/** Whether a message stands below one that is not here, or that is younger: where that is shown may change with every other one. */
function hasOrphans({ memory }: Store, database: string, conversationId: string, known: Known): boolean {
  const prefix = `${database} ${conversationId} message:`
  const isAbove = (key: string, born: number) =>
    [...(memory.heads.get(key) ?? [])].some((id) => {
      const head = known.purged.has(id) ? undefined : known.operations.get(id)
      return head?.kind === 'set' && (head.value as Place).born <= born
    })
  for (const [key, heads] of memory.heads) {
    if (!key.startsWith(prefix)) continue
    for (const id of heads) {
      const head = known.operations.get(id)
      if (head?.kind !== 'set' || known.purged.has(id)) continue
      const { parentId, born } = head.value as Place
      if (parentId !== null && !isAbove(`${prefix}${parentId}`, born)) return true
    }
  }
  return false
}

/** A message that is shown below another one, as far as this disk was seen to hold it. */
function childOf(
  { memory }: Store,
  database: string,
  conversationId: string,
  parentId: string | null,
  { operations }: Known,
  besides: ReadonlySet<string>,
): string | undefined {
  const prefix = `${database} ${conversationId} `
  const purgedHere = memory.purges.get(`${database} ${conversationId}`)
  const placeOf = (register: string): (Place & { removed?: boolean }) | undefined => {
    const ids = [...(memory.heads.get(`${prefix}${register}`) ?? [])].filter((id) => !purgedHere?.has(id))
    const places = ids.flatMap((id) => {
      const known = operations.get(id)
      return known?.kind === 'set' ? [known.value as Place & { removed?: boolean }] : []
    })
    return ids.length !== 1 ? undefined : places[0]
  }
  const parent = parentId === null ? undefined : placeOf(`message:${parentId}`)
  if (parentId === null || parent === undefined) return undefined
  for (const key of memory.heads.keys()) {
    if (!key.startsWith(`${prefix}message:`)) continue
    const register = key.slice(prefix.length)
    if (besides.has(register)) continue
    const place = placeOf(register)
    if (place === undefined || place.removed === true) continue
    if (place.parentId === parentId && place.born > parent.born) return register
  }
  return undefined
}
