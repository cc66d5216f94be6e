import type { SpaceSync, SyncRecord } from '../../ports/records/sync.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'
import { isSoundSpace } from '../mending/sound.ts'
import { backoffAfterSuccess, isWaitOver, mayAttempt, nextBackoff } from './backoff.ts'
import type { ParkOutcome, RetryOutcome } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import { newSpace, toMet } from './new-space.ts'

/*
 *                       ┌──────────────── 410: cursor to zero ───────────────┐
 *                       ▼                                                    │
 *   (new) ──►  ready ◄──┴── suspect ── pull from zero ended, all offered ──► ready
 *               │  ▲        nothing is posted here
 *     network,  │  │ time, or `online`, `sync`, "sync now" where no Retry-After is in force
 *     5xx, 429  ▼  │
 *             waiting (backoff)
 *               │  ▲
 *          401  ▼  │ any wake-up but a save asks once; an answer that is no 401 ends it
 *             parked (auth, wrong-account, page)
 *
 * All of it is in one record per destination, written in the transaction that the change belongs to.
 */

/** The list of the account's projects is one more destination, with its own wait. */
export const DIRECTORY_KEY = 'directory'

export const spaceKey = (projectId: string): string => `s:${projectId}`

/** The destinations that this database syncs with, the projects' list not among them. */
export async function readSpaces(tx: ReadTransaction): Promise<SpaceSync[]> {
  const records = await tx.scan('sync_metadata', { range: { lower: 's:', upper: 's;', upperOpen: true } })
  return records.map((record) => toSound(record))
}

export async function readSpace(tx: ReadTransaction, key: string): Promise<SpaceSync | undefined> {
  const record = await tx.get('sync_metadata', key)
  return record === undefined ? undefined : toSound(record)
}

/** More resets than any space had: what was proven to be in the cloud before is not, after a damage. */
const RESETS_OF_A_DAMAGED = 1_000_000

/** A record that was damaged is worth nothing: its space is compared with the cloud from the beginning, like one of another life. */
function toSound(record: SyncRecord): SpaceSync {
  if (record.kind === 'space' && isSoundSpace(record)) return record
  const { key } = record
  const projectId = key.startsWith('s:') ? key.slice('s:'.length) : ''
  return { ...toMet(newSpace(projectId, '')), key, suspect: true, resets: RESETS_OF_A_DAMAGED }
}

/** Reads, changes and writes one destination; a record that is missing stays missing. */
export async function updateSpace(
  tx: WriteTransaction,
  key: string,
  change: (space: SpaceSync) => SpaceSync,
): Promise<SpaceSync | undefined> {
  const space = await readSpace(tx, key)
  if (space === undefined) return undefined
  const changed = change(space)
  if (changed !== space) await tx.put('sync_metadata', changed)
  return changed
}

/** Whether a space stands where it stood when the cloud was asked: nobody else moved it meanwhile. */
export function isSamePoint(stored: SpaceSync, asked: SpaceSync): boolean {
  return (
    stored.cursor === asked.cursor &&
    stored.incarnation === asked.incarnation &&
    stored.suspect === asked.suspect &&
    stored.resets === asked.resets
  )
}

export function toWaiting(
  space: SpaceSync,
  outcome: RetryOutcome,
  now: number,
  randomNumber: number,
): SpaceSync {
  return {
    ...space,
    backoff: nextBackoff(space.backoff, outcome.failure, now, randomNumber),
    lastError: { ...outcome.error, at: now },
  }
}

export function toParked(space: SpaceSync, outcome: ParkOutcome, now: number): SpaceSync {
  return { ...space, parked: outcome.as, lastError: { ...outcome.error, at: now } }
}

/** A whole cycle went well. */
export function toReady(space: SpaceSync, now: number): SpaceSync {
  return {
    ...space,
    backoff: backoffAfterSuccess(space.backoff, now),
    parked: null,
    lastError: null,
    lastSuccessAt: now,
  }
}

/** Whether a drain for this reason may ask this destination. A parked one asks at every wake-up except a save. */
export function mayAsk(space: SpaceSync, reasons: ReadonlySet<DrainReason>, now: number): boolean {
  for (const reason of reasons) {
    if (space.parked !== null && reason === 'save') continue
    if (mayAttempt(space.backoff, reason, now)) return true
  }
  return false
}

/** When time alone lets this destination be asked again; null when no wait is in force. */
export function waitsUntil(space: SpaceSync, now: number): number | null {
  if (space.parked !== null || space.backoff === null || isWaitOver(space.backoff, now)) return null
  return space.backoff.nextAttemptAt
}

/** When a drain is due for this destination: a wait that has ended and was not used yet is due at once. */
export function dueAtOf(space: SpaceSync, now: number): number | null {
  if (space.parked !== null || space.backoff === null) return null
  return waitsUntil(space, now) ?? now
}
