import { CURSOR_ZERO } from '../../domain/wire.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'

/** Where a project's sync begins: at the cloud's beginning, with nothing known. */
export function newSpace(projectId: string, incarnation: string): SpaceSync {
  return {
    key: `s:${projectId}`,
    kind: 'space',
    projectId,
    cursor: CURSOR_ZERO,
    incarnation,
    suspect: false,
    backoff: null,
    parked: null,
    lastError: null,
    lastSuccessAt: null,
  }
}

/** The cursor belongs to another life of this store, or to another server: from the beginning, trusting nothing. */
export function toSuspect(known: SpaceSync, incarnation: string): SpaceSync {
  const { bootstrap: _, unqueued: __, reached: ___, ...rest } = known
  const space = { ...rest, resets: (known.resets ?? 0) + 1 }
  return { ...space, cursor: CURSOR_ZERO, incarnation, suspect: true }
}
