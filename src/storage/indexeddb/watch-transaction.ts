import type { Cancel, Clock } from '../../ports/clock.ts'
import { connectionLost, outcomeUnknown, toStorageError } from './errors.ts'
import { mayCommitEarly } from './explicit-commit.ts'

/** How one transaction ends. */
export type WatchedTransaction = {
  /** Resolves when the transaction is complete, rejects with the reason when it was aborted or its connection was lost. */
  readonly done: Promise<void>
  /** Settles when the transaction has ended: then no request will be answered any more. Rejects with the reason of an abort. */
  readonly ended: Promise<typeof ENDED>
  /** Aborts for this reason, unless there is an earlier one. */
  fail(reason: unknown): void
  /** Why it was or is being aborted. */
  failure(): { readonly reason: unknown } | undefined
  /** A request was told of an abort: if no `abort` event follows, the connection is lost. */
  expectAbort(): void
  /** Nothing more will be asked of it. */
  commit(): void
  /** Stops listening: how it ends does not matter any more. */
  release(): void
}

const GRACE_MS = 1_000
/** The transaction is complete. An error made for each one, with its stack, would cost as much as a request. */
export const ENDED: unique symbol = Symbol('ended')

/**
 * Watches a transaction until it has ended. When Chromium closes a connection by force, a transaction that was made just before
 * gets an `AbortError` for its request, or no answer at all, and never an `abort` event; so the connection's `close` event counts too.
 */
export function watchTransaction(
  database: IDBDatabase,
  transaction: IDBTransaction,
  setTimer: Clock['setTimer'],
): WatchedTransaction {
  let failure: { readonly reason: unknown } | undefined
  let isCommitting = false
  let cancelGrace: Cancel | undefined
  let settle: { resolve(): void; reject(reason: unknown): void } | undefined

  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const ended = done.then((): typeof ENDED => ENDED)
  ended.catch(() => {})

  function onComplete(): void {
    release()
    settle?.resolve()
  }

  function onAbort(): void {
    // Without a failure of ours and an error of its own: the connection went away.
    const { error } = transaction
    abandon(error === null ? connectionLost(undefined) : toStorageError(error))
  }

  function onClose(): void {
    // A commit that was sent may have arrived: its answer may still come.
    if (isCommitting) startGrace(outcomeUnknown)
    else abandon(connectionLost(undefined))
  }

  function startGrace(reason: () => unknown): void {
    cancelGrace ??= setTimer(() => abandon(reason()), GRACE_MS)
  }

  function abandon(reason: unknown): void {
    release()
    failure ??= { reason }
    settle?.reject(failure.reason)
  }

  function release(): void {
    cancelGrace?.()
    transaction.removeEventListener('complete', onComplete)
    transaction.removeEventListener('abort', onAbort)
    database.removeEventListener('close', onClose)
  }

  transaction.addEventListener('complete', onComplete)
  transaction.addEventListener('abort', onAbort)
  database.addEventListener('close', onClose)

  return {
    done,
    ended,
    fail: (reason) => {
      failure ??= { reason }
      try {
        transaction.abort()
      } catch {
        // Ended already.
      }
      startGrace(() => reason)
    },
    failure: () => failure,
    expectAbort: () => startGrace(() => connectionLost(undefined)),
    commit: () => {
      isCommitting = true
      if (!mayCommitEarly()) return
      try {
        transaction.commit?.()
      } catch {
        // Complete already, or aborted: an event tells which.
      }
    },
    release,
  }
}
