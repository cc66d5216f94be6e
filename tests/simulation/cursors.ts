import type { SyncRecord } from '../../src/ports/records/sync.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { World } from './world.ts'

/** A cursor moves on, or back to zero; a page that comes late does not set it back. */
export function checkCursors(world: World, where: string, changes: readonly TableChange[]): void {
  for (const { store, before, after } of changes) {
    if (store !== 'sync_metadata') continue
    const [from, to] = [pointOf(before as SyncRecord | undefined), pointOf(after as SyncRecord | undefined)]
    if (from === undefined || to === undefined || from.epoch !== to.epoch) continue
    if (to.seq < from.seq)
      world.fail('a cursor does not go back', `${where} went from ${from.seq} to ${to.seq}`)
  }
}

function pointOf(
  record: SyncRecord | undefined,
): { readonly epoch: string; readonly seq: number } | undefined {
  if (record?.kind !== 'space' || record.cursor === '0') return undefined
  const [epoch = '', seq] = record.cursor.split('.')
  return { epoch, seq: Number(seq) }
}
