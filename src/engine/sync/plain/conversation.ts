import { isSpoken } from '../../../domain/register.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { ShownRegister } from '../../../ports/records/plain-sync.ts'
import type { Database } from '../../unit.ts'
import {
  badAnswer,
  type Outcome,
  type ParkOutcome,
  type RefusedOutcome,
  type RetryOutcome,
  refusalToRetry,
} from '../classify.ts'
import { rowsOfConversation } from '../outbox-rows.ts'
import { confirmRefusals } from '../quarantine.ts'
import type { PlainServer } from './ask.ts'
import { bodyOf } from './body.ts'
import type { Change } from './changes.ts'
import type { PlainDocument } from './document.ts'
import { type Ground, hashOf, readGround, writeGround } from './ground.ts'
import { createLook, type Facts, type Look } from './look.ts'
import { createPatience, type Patience } from './patience.ts'
import { isServersFault, putAllAside, putAside, rowsInDoubt } from './put-aside.ts'

/*
 *     fetch ──► apply what others changed ──► nothing of ours is lacking: what the document shows leaves the queue, done
 *       ▲                                 └─► post what the server has with our changes, `If-Match` where it has validators
 *       │                                          │
 *       └── 2xx: look whether it is there;  412: somebody was quicker ──┘    refused: less of it, or put it aside
 *
 * The answer of a POST confirms nothing. A lost answer, a lost write and a write by somebody else all end in the same fetch.
 */

export type Visit =
  | { readonly kind: 'done' | 'ask-list' | 'interrupted' }
  /** The server cannot take or show this one now; it says nothing about others. */
  | { readonly kind: 'stuck'; readonly outcome: RetryOutcome }
  | RetryOutcome
  | ParkOutcome

/** So many writes that somebody overtook, or that did not show, and the rest waits for another time. */
const MAX_FRUITLESS_WRITES = 4

export function createConversationVisit(parts: {
  readonly database: Database
  readonly server: PlainServer
  readonly clock: Clock
  readonly hashing: Hashing
  readonly serverNow: () => number | null
}) {
  const { database, server, clock, hashing } = parts
  const look = createLook(parts)

  return async function visit(
    conversation: { readonly id: string; readonly projectId: string },
    facts: Facts,
    isSliceOver: () => boolean,
  ): Promise<Visit> {
    const { id, projectId } = conversation
    const patience = createPatience()
    let mostChanges = Number.POSITIVE_INFINITY
    let isWhole = true
    let fruitless = 0
    let reason = notShown()
    let left = Number.POSITIVE_INFINITY
    for (let isFirst = true; ; isFirst = false) {
      if (fruitless > MAX_FRUITLESS_WRITES) return { kind: 'stuck', outcome: reason }
      if (isSliceOver()) return { kind: 'interrupted' }
      const { asked, isQueued } = await database.read(['sync_metadata', 'outbox'], async (tx) => ({
        asked: await readGround(tx, projectId, id),
        isQueued: (await rowsOfConversation(tx, id)).length > 0,
      }))
      const known = isFirst && !isQueued ? facts.known : null
      const fetched = await server.fetch(id, known)
      if (fetched.kind === 'unchanged') {
        await noteUnchanged(asked, facts, known)
        return { kind: 'done' }
      }
      if (fetched.kind !== 'document') return fetched
      const { document } = fetched
      const seen = await look(asked, document, facts)
      if (seen.kind === 'ask-list') return { kind: 'ask-list' }
      if (seen.kind === 'foreign') return { kind: 'done' }
      if (seen.kind === 'compared') {
        const { wantsDelete } = seen
        patience.shows(document, seen.hasArrivals)
        const { changes, ground } = await giveUp(seen, document, patience)
        if (changes.length === 0 && !wantsDelete) return { kind: 'done' }
        if (changes.length < left) fruitless = 0
        left = changes.length
        const part = changes.slice(0, mostChanges)
        const along = isWhole ? seen.along : []
        const outcome = await write({ ...seen, ground }, document, [...part, ...along])
        if (outcome.kind === 'ok') {
          mostChanges *= 2
          patience.wrote(part, document)
          await database.write('relaxed', async ({ tx }) =>
            confirmRefusals(tx, await rowsInDoubt(tx, projectId)),
          )
        } else if (outcome.kind === 'refused') {
          if (along.length === 0) {
            const ended = await settleRefusal(conversation, part, outcome)
            if (ended !== null) return ended
            if (part.length > 1) mostChanges = part.length >> 1
          }
          isWhole = false
          continue
        } else if (outcome.kind === 'gone') {
          await close(conversation, ground, outcome)
        } else if (outcome.kind !== 'stale') return outcome
        reason = outcome.kind === 'stale' ? refusalToRetry(outcome) : notShown()
      }
      fruitless += 1
    }
  }

  /** The document is as it was when nothing was left to do; whoever looked meanwhile knows better. */
  async function noteUnchanged(asked: Ground, { listed }: Facts, etag: string | null): Promise<void> {
    await database.write('relaxed', async ({ tx }) => {
      const ground = await readGround(tx, asked.projectId, asked.conversationId)
      if (ground.sync === undefined || ground.sync.version !== asked.sync?.version) return
      const now = { present: true, checkedAt: clock.now(), listed: listed ?? ground.sync.listed }
      await writeGround(tx, ground, { ...now, ...(etag === null ? {} : { etag }) }, ground.shown)
    })
  }

  function write(
    { mine, ground, wantsDelete }: Extract<Look, { kind: 'compared' }>,
    document: PlainDocument,
    changes: readonly Change[],
  ): Promise<Outcome<unknown>> {
    const { projectId, conversationId } = ground
    if (wantsDelete) return server.delete(conversationId, document)
    const place = { projectId, conversationId, now: clock.now() }
    return server.post(bodyOf(document, mine, changes, place), document)
  }

  /**
   * What the server took again and again and shows as before: a flag or a tag is something that it does not keep, which is noted. A text that
   * it guards by a validator and does not change is put aside, where a person sees it.
   */
  async function giveUp(
    { ground, changes }: Extract<Look, { kind: 'compared' }>,
    document: PlainDocument,
    patience: Patience,
  ): Promise<{ readonly ground: Ground; readonly changes: readonly Change[] }> {
    const declined = changes.filter(({ register, isShown }) => {
      return (
        patience.isOver(register) &&
        document.isPresent &&
        (!isSpoken(register) || (isShown && document.etag !== null))
      )
    })
    if (declined.length === 0) return { ground, changes }
    const shown: Record<string, ShownRegister> = { ...ground.shown }
    for (const { register, value } of declined) {
      if (isSpoken(register)) continue
      const known = shown[register] ?? { hash: '', stamp: -1, ids: [] }
      shown[register] = { ...known, declined: hashOf(hashing, value) }
    }
    const { conversationId: id, projectId } = ground
    const now = clock.now()
    const next = await database.write('relaxed', async (unit) => {
      for (const { register } of declined)
        if (isSpoken(register))
          await putAside(unit, { id, projectId }, register, notShown().error, { inDoubt: false, now })
      return writeGround(unit.tx, ground, { present: true, checkedAt: now }, shown)
    })
    return { ground: next, changes: changes.filter((change) => !declined.includes(change)) }
  }

  /** Null: go on with less, or without what was put aside. */
  async function settleRefusal(
    conversation: { readonly id: string; readonly projectId: string },
    part: readonly Change[],
    outcome: RefusedOutcome,
  ): Promise<Visit | null> {
    const [only, ...others] = part
    if (only === undefined) return { kind: 'stuck', outcome: refusalToRetry(outcome) }
    if (others.length > 0) return null
    const inDoubt = outcome.isDestination
    const isFault = await database.write('relaxed', async (unit) => {
      if (inDoubt && (await isServersFault(unit.tx, conversation.projectId))) return true
      await putAside(unit, conversation, only.register, outcome.error, { inDoubt, now: clock.now() })
      return false
    })
    return isFault ? refusalToRetry(outcome) : null
  }

  /** The server will never have this conversation again: everything of it stays here, and what is queued is put aside. */
  async function close(
    { id }: { readonly id: string },
    ground: Ground,
    outcome: Extract<Outcome<unknown>, { kind: 'gone' }>,
  ): Promise<void> {
    const refusal = { ...outcome.error, retryable: false }
    await database.write('relaxed', async ({ tx }) => {
      await putAllAside(tx, id, refusal)
      await writeGround(tx, ground, { present: false, closed: true, checkedAt: clock.now() }, ground.shown)
    })
  }
}

function notShown(): RetryOutcome {
  return badAnswer('The cloud took changes of a conversation and does not show them.', {})
}
