import type { Operation } from '../../src/domain/operation.ts'
import type { Ledger } from './ledger.ts'

/**
 * What nobody overwrote, by the words of the protocol and not by the engine's merge: operations with a value that nothing with a
 * value and nothing purged overwrites, directly or through stubs.
 */
export function expectedHeads(all: readonly Operation[], ledger: Ledger): ReadonlySet<string> {
  const purged = new Set<string>()
  for (const operation of all)
    if (operation.kind === 'purge') for (const id of operation.names) purged.add(id)
  const overwrites = new Map<string, readonly string[]>()
  const valued: string[] = []
  for (const operation of all) {
    if (operation.kind === 'purge') continue
    overwrites.set(
      operation.id,
      ledger.operations.get(operation.id)?.kind === 'set' ? overwritesOf(operation.id) : operation.overwrites,
    )
    if (operation.kind === 'set' && !purged.has(operation.id)) valued.push(operation.id)
  }
  const hidden = new Set<string>()
  const todo: string[] = []
  for (const id of [...valued, ...purged]) todo.push(...(overwrites.get(id) ?? []))
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (hidden.has(id)) continue
    hidden.add(id)
    todo.push(...(overwrites.get(id) ?? []))
  }
  return new Set(valued.filter((id) => !hidden.has(id)))

  function overwritesOf(id: string): readonly string[] {
    const known = ledger.operations.get(id)
    return known?.kind === 'set' ? known.overwrites : []
  }
}
