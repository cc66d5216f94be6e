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
    fresh: true,
    backoff: null,
    parked: null,
    lastError: null,
    lastSuccessAt: null,
  }
}

/** The cursor belongs to another life of this store, or to another server: from the beginning, trusting nothing. */
export function toSuspect(known: SpaceSync, incarnation: string): SpaceSync {
  const { bootstrap: _, unqueued: __, reached: ___, ...rest } = toMet(known)
  const space = { ...rest, resets: (known.resets ?? 0) + 1 }
  return { ...space, cursor: CURSOR_ZERO, incarnation, suspect: true }
}

/** Something was written here that is in no queue: all of it is offered. Who never met a cloud has still to meet the first. */
export function toUnoffered(known: SpaceSync): SpaceSync {
  const space = toSuspect(known, known.incarnation)
  return isFirstEver(known) ? { ...space, fresh: true } : space
}

/** A cloud has answered, or nobody knows: what is here may come from one. */
export function toMet(space: SpaceSync): SpaceSync {
  if (space.fresh === undefined) return space
  const { fresh: _, ...met } = space
  return met
}

/** Nothing of any cloud is here, listed, or asked for further on. */
export const isFirstEver = ({ fresh, cursor, lastSuccessAt, bootstrap }: SpaceSync): boolean =>
  fresh === true && cursor === CURSOR_ZERO && lastSuccessAt === null && bootstrap === undefined
