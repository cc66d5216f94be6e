import { projectsAnswerSchema } from '../../domain/wire.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import type { Database } from '../unit.ts'
import { refusalToRetry } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import { newSpace } from './new-space.ts'
import { DIRECTORY_KEY, readSpace, readSpaces, spaceKey, toParked, toReady, toWaiting } from './space.ts'
import type { Transport } from './transport.ts'

/** Projects made on other devices are looked for this often, and whenever somebody signs in or asks for a sync. */
export const DIRECTORY_INTERVAL_MS = 10 * 60_000

/** The list of the account's projects, kept as a destination of its own: with its wait and its last success. */
export async function readDirectory(tx: ReadTransaction, incarnation: string): Promise<SpaceSync> {
  return (await readSpace(tx, DIRECTORY_KEY)) ?? { ...newSpace('', incarnation), key: DIRECTORY_KEY }
}

/** Whether it is time to ask for the list again. */
export function isDirectoryDue(
  directory: SpaceSync,
  reasons: ReadonlySet<DrainReason>,
  now: number,
): boolean {
  if (directory.lastSuccessAt === null || directory.lastError !== null || directory.backoff !== null)
    return true
  if (reasons.has('signed-in') || reasons.has('sync-now')) return true
  return Math.abs(now - directory.lastSuccessAt) >= DIRECTORY_INTERVAL_MS
}

/** Asks for the account's projects and makes a space of each that is not known here. A server without the list is fine. */
export function createProjectDirectory(options: {
  readonly database: Database
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
}) {
  const { database, transport, clock, random } = options

  return async function askForProjects(): Promise<'done' | 'waiting' | 'parked'> {
    const outcome = await transport.send({ method: 'GET', path: '/projects' }, projectsAnswerSchema)
    const isMissing = outcome.kind === 'refused' && outcome.error.details.status === 404
    const randomNumber = random.number()
    return database.write('relaxed', async ({ tx }) => {
      const now = clock.now()
      const directory = await readDirectory(tx, database.incarnation)
      if (outcome.kind === 'park') {
        for (const space of [directory, ...(await readSpaces(tx))]) {
          await tx.put('sync_metadata', toParked(space, outcome, now))
        }
        return 'parked'
      }
      if (outcome.kind !== 'ok' && !isMissing) {
        const failed = outcome.kind === 'retry' ? outcome : refusalToRetry(outcome)
        await tx.put('sync_metadata', toWaiting(directory, failed, now, randomNumber))
        return 'waiting'
      }
      const projects = outcome.kind === 'ok' ? outcome.answer.projects : []
      for (const { projectId } of projects) {
        const known = await tx.get('sync_metadata', spaceKey(projectId))
        if (known === undefined) await tx.put('sync_metadata', newSpace(projectId, database.incarnation))
      }
      await tx.put('sync_metadata', toReady(directory, now))
      return 'done'
    })
  }
}
