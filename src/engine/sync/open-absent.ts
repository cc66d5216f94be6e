import { ChatkeepError, recordToError } from '../../domain/errors.ts'
import { isSyncedProject } from '../../domain/sync-settings.ts'
import type { Clock } from '../../ports/clock.ts'
import { isAwaited } from '../mending/damage-errors.ts'
import type { Database } from '../unit.ts'
import type { DrainReason } from './drain-reason.ts'
import type { FetchConversation, FetchResult } from './fetch-conversation.ts'
import { readSyncSettings } from './settings.ts'
import { mayAsk, readSpace, spaceKey } from './space.ts'
import type { TurnEnds } from './turn-ends.ts'

/** Who opens a conversation asks for it, as somebody who syncs now does. */
const OPENING: ReadonlySet<DrainReason> = new Set(['sync-now'])

/**
 * A person opens a conversation whose content is in the cloud only, or damaged here: it comes now. Opening ends a wait for the network or after a 5xx, and
 * no `Retry-After`; what the cloud asks for in its answer is a wait of the whole destination.
 */
export function createAbsentOpener(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly ends: TurnEnds
  readonly fetchConversation: FetchConversation
  /** Whether anybody may be asked at all. */
  readonly way: 'open' | 'off' | 'signed-out'
  readonly drain: (projectId: string) => Promise<unknown>
  readonly onFilled: () => void
}): (conversationId: string) => Promise<{ readonly isHere: boolean }> {
  const { database, clock, ends, fetchConversation, way, drain, onFilled } = parts

  async function fetchNow(projectId: string, conversationId: string): Promise<FetchResult> {
    const key = spaceKey(projectId)
    await ends.noteOwed(key)
    const space = await database.read(['sync_metadata'], (tx) => readSpace(tx, key))
    if (space !== undefined && !mayAsk(space, OPENING, clock.now()))
      throw asksToWait(conversationId, space.backoff?.nextAttemptAt ?? null)
    const result = await fetchConversation(projectId, conversationId, OPENING)
    if (result.kind === 'waiting') throw asksToWait(conversationId, result.until)
    if (result.kind !== 'retry' && result.kind !== 'park') return result
    // What the storage refuses to note is owed: nobody is asked before it is noted.
    await ends.halt(key, result).catch(() => undefined)
    throw recordToError(result.error)
  }

  const look = (conversationId: string) =>
    database.read(['conversations', 'settings'], async (tx) => {
      const record = await tx.get('conversations', conversationId)
      const isMissing = record?.absent !== undefined || isAwaited(record?.damaged)
      const isHere = record !== undefined && !isMissing && record.shelf !== 'gone'
      return {
        settings: await readSyncSettings(tx),
        projectId: isMissing ? record?.projectId : undefined,
        isHere,
      }
    })

  return async function openAbsent(conversationId) {
    for (const isFirst of [true, false]) {
      const { projectId, settings, isHere } = await look(conversationId)
      if (projectId === undefined) return { isHere }
      if (way === 'off' || !isSyncedProject(settings, projectId))
        throw inCloudOnly('sync/off', conversationId)
      if (way === 'signed-out') throw inCloudOnly('sync/auth-required', conversationId)
      const result = await fetchNow(projectId, conversationId)
      if (result.kind === 'filled') onFilled()
      const after = await look(conversationId)
      if (after.projectId === undefined) return { isHere: after.isHere }
      // The space is compared with its cloud: what was freed can be fetched once that has ended, and deltas tell what else became of it.
      if (isFirst) await drain(projectId)
    }
    return { isHere: false }
  }
}

function inCloudOnly(code: 'sync/off' | 'sync/auth-required', conversationId: string): ChatkeepError {
  const [why, what] =
    code === 'sync/off' ? ['sync is switched off', 'Switch it on'] : ['nobody is signed in', 'Sign in']
  return new ChatkeepError(
    code,
    `The content of ${conversationId} is in the cloud only, and ${why}. It is safe there. ${what} to read it.`,
    { retryable: code === 'sync/auth-required', details: { conversationId } },
  )
}

function asksToWait(conversationId: string, retryAt: number | null): ChatkeepError {
  const when = retryAt === null ? 'later' : `after ${new Date(retryAt).toISOString()}`
  return new ChatkeepError(
    'sync/too-many-requests',
    `The content of ${conversationId} is in the cloud only, and the cloud asked to be left alone for a while. It is safe there. Open it again ${when}.`,
    { retryable: true, details: { conversationId, retryAt } },
  )
}
