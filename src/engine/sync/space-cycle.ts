import { BATCH_OPERATIONS, CURSOR_ZERO } from '../../domain/wire.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { Database } from '../unit.ts'
import { type Batch, selectBatch } from './batch.ts'
import type { Bootstrap } from './bootstrap.ts'
import { badAnswer, type ParkOutcome, type RetryOutcome, refusalToRetry } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import { createPull, type PullResult } from './pull.ts'
import { createPush, type PushResult } from './push.ts'
import { resetSpace } from './reset-space.ts'
import type { Transport } from './transport.ts'
import type { TurnEnds, TurnResult } from './turn-ends.ts'

/*
 *        ┌────────────────────── 410 ─────────────────────┐
 *        ▼                                                │
 *    suspect ──► pull from zero ──► offer ──► post ──► pull until `more` is false ──► nothing waits: done
 *                                              ▲ │ ▲                 │
 *                              refused: halve, └─┘ └─────────────────┘ something waits (again)
 *                              or put aside
 *
 * Each POST is followed by a pull, in another turn if this one breaks off, so that the cursor of the next POST covers the one before:
 * a server that was restored from a backup in between answers 410 before it takes something that builds on what it lost.
 */

/** A server that so often acknowledges and does not show, or refuses its own cursor, is broken: wait. */
const MAX_FRUITLESS_ROUNDS = 2

type Turn = {
  maxOperations: number
  hasPulled: boolean
  /** The cloud has no list, or nothing in it. */
  hasNoList: boolean
  /** A device that holds something of its own found that the cloud holds much more. */
  isLong: boolean
  /** Nothing was refused so far: then the end of a pull ends the wait, else only the end of the turn does. */
  isClean: boolean
  fruitlessRounds: number
}

type Step =
  | { readonly kind: 'again' | 'done' }
  | { readonly kind: 'pull'; readonly sent: readonly number[] }
  | RetryOutcome
  | ParkOutcome

export type SpaceCycle = {
  /** Posts and pulls one space until nothing waits, something is in the way, or the slice is over. */
  turn(projectId: string, isSliceOver: () => boolean, reasons: ReadonlySet<DrainReason>): Promise<TurnResult>
}

export function createSpaceCycle(options: {
  readonly database: Database
  readonly transport: Transport
  readonly clock: Clock
  readonly ends: TurnEnds
  /** Something that `status` tells may have changed. */
  readonly onProgress: () => void
  readonly bootstrap: Bootstrap
}): SpaceCycle {
  const { database, transport, clock, ends, onProgress, bootstrap } = options
  const push = createPush({ database, transport })
  const pull = createPull({ database, transport, clock })
  const { guardTurn, openSpace, finish, halt } = ends

  return {
    turn: (projectId, isSliceOver, reasons) =>
      guardTurn(projectId, () => take(projectId, isSliceOver, reasons)),
  }

  async function take(
    projectId: string,
    isSliceOver: () => boolean,
    reasons: ReadonlySet<DrainReason>,
  ): Promise<TurnResult> {
    const turn: Turn = {
      maxOperations: BATCH_OPERATIONS,
      hasPulled: false,
      hasNoList: false,
      isLong: false,
      isClean: true,
      fruitlessRounds: 0,
    }
    for (;;) {
      const opened = await openSpace(projectId, reasons, (tx) =>
        selectBatch(tx, projectId, turn.maxOperations),
      )
      if (typeof opened === 'string') return opened
      const { space, beside: batch } = opened
      const { isLong } = turn
      turn.isLong = false
      if (!turn.hasNoList && (await bootstrap.wantsList(space, isLong))) {
        const listed = await bootstrap.list(space)
        onProgress()
        if (listed.kind === 'retry' || listed.kind === 'park') return halt(space.key, listed)
        turn.hasNoList = listed.kind === 'nothing'
        if (isSliceOver()) return 'slice-over'
        continue
      }
      const step = space.suspect ? ({ kind: 'pull', sent: [] } as const) : await post(space, batch, turn)
      onProgress()
      if (step.kind === 'retry' || step.kind === 'park') return halt(space.key, step)
      if (step.kind === 'done') {
        // Whatever waits to be sent goes before the next conversation is fetched.
        const filled = await bootstrap.fillNext(space, reasons)
        if (filled.kind === 'done') return turn.isClean ? 'done' : finish(space.key)
        if (filled.kind === 'retry' || filled.kind === 'park') return halt(space.key, filled)
      }
      if (step.kind === 'pull') {
        const { isClean, hasNoList } = turn
        const pulled = await pull(projectId, step.sent, {
          isSliceOver,
          reasons,
          isClean,
          mayList: !hasNoList,
        })
        onProgress()
        if (pulled.kind === 'retry' || pulled.kind === 'park') return halt(space.key, pulled)
        turn.isLong = pulled.kind === 'long'
        if (settlePull(pulled, turn) > MAX_FRUITLESS_ROUNDS) return halt(space.key, brokenServer())
      }
      if (isSliceOver()) return 'slice-over'
    }
  }

  async function post(space: SpaceSync, batch: Batch, turn: Turn): Promise<Step> {
    const pushed = await push(space, batch, turn)
    if (pushed.kind === 'retry' || pushed.kind === 'park') return pushed
    if (pushed.kind === 'gone' && space.cursor !== CURSOR_ZERO) await resetSpace(database, space)
    return settlePost(pushed, space, turn)
  }
}

function settlePost(
  pushed: Exclude<PushResult, RetryOutcome | ParkOutcome>,
  space: SpaceSync,
  turn: Turn,
): Step {
  switch (pushed.kind) {
    case 'nothing':
      if (turn.hasPulled && pushed.sent.length === 0) return { kind: 'done' }
      // Acknowledged rows after a pull: somebody else's, or a pull that was cut short. Not for ever.
      if (turn.hasPulled && ++turn.fruitlessRounds > MAX_FRUITLESS_ROUNDS) return brokenServer()
      return { kind: 'pull', sent: pushed.sent }
    case 'posted':
      turn.maxOperations = Math.min(BATCH_OPERATIONS, turn.maxOperations * 2)
      return { kind: 'pull', sent: pushed.sent }
    case 'cut':
      return { kind: 'again' }
    case 'quarantined':
      turn.isClean = false
      return { kind: 'again' }
    case 'too-much':
      turn.isClean = false
      turn.maxOperations = Math.max(1, pushed.operationCount >> 1)
      // A destination that may be wrong as a whole is first asked for something that it has no reason to refuse.
      return pushed.isDestination && !turn.hasPulled ? { kind: 'pull', sent: [] } : { kind: 'again' }
    case 'gone':
    case 'stale':
      turn.isClean = false
      turn.fruitlessRounds += 1
      if (
        turn.fruitlessRounds > MAX_FRUITLESS_ROUNDS ||
        (pushed.kind === 'gone' && space.cursor === CURSOR_ZERO)
      ) {
        return refusalToRetry(pushed)
      }
      return { kind: 'pull', sent: [] }
  }
}

/** Notes what a pull brought, and answers how many rounds led nowhere. */
function settlePull(pulled: Exclude<PullResult, RetryOutcome | ParkOutcome>, turn: Turn): number {
  if (pulled.kind === 'ended') turn.hasPulled = true
  if (pulled.kind === 'reset' || (pulled.kind === 'ended' && pulled.unconfirmed > 0)) {
    turn.isClean = false
    turn.fruitlessRounds += 1
  }
  return turn.fruitlessRounds
}

function brokenServer(): RetryOutcome {
  return badAnswer(
    'The cloud does not show what it has acknowledged, or does not know the cursors that it gave.',
    {},
  )
}
