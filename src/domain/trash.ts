import { isOperationId, type OperationId } from './ids.ts'
import type { Head } from './merge.ts'

/** What the heads of `trashed` record together, when the winner says that the conversation is in the trash; else nothing. */
export function recordedHeads(trashed: readonly Head[]): ReadonlySet<OperationId> {
  const [winner] = trashed
  if (winner === undefined || winner.value === null) return new Set()
  return new Set(trashed.flatMap(({ value }) => idsIn(value)))
}

function idsIn(value: unknown): readonly OperationId[] {
  if (typeof value !== 'object' || value === null || !('heads' in value)) return []
  return Array.isArray(value.heads) ? value.heads.filter(isOperationId) : []
}
