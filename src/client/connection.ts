import { ChatkeepError, type ErrorCode, type ErrorRecord, errorToRecord } from '../domain/errors.ts'
import type { HostService, Session } from '../domain/host-service.ts'
import { type PackedPage, unpackPage } from '../domain/packed-page.ts'
import type { LoadQuery, MessagePage } from '../domain/service/message-page.ts'
import type { ConversationService } from '../domain/service.ts'
import type { Engine, Landing } from './ladder.ts'

export type Argument<Method> = Method extends (argument: infer A) => unknown ? A : never
export type Answer<Method> = Method extends (argument: never) => Promise<infer R> ? R : never

/** The engine that this client uses now, the session on it, and the way to another engine when it is lost. */
export type Connection = {
  readonly current: () => Landing
  /**
   * Calls a method of the current session's database. When the engine is lost the call is repeated on the next rung with the
   * same argument, mutation id included, so that it has one effect.
   */
  call<M extends keyof ConversationService>(
    method: M,
    argument: Argument<ConversationService[M]>,
  ): Promise<Answer<ConversationService[M]>>
  /** As `call`, of the database that is named, whosever session it is now. Where that moved to another, the call follows. */
  callIn<M extends keyof ConversationService>(
    database: string,
    method: M,
    argument: Argument<ConversationService[M]>,
  ): Promise<Answer<ConversationService[M]>>
  /** The database of an account that this page has seen; undefined for the one that is signed in, and for an account that is not named. */
  databaseOf(accountId: string | null | undefined): string | undefined
  callHost<M extends keyof HostService>(
    method: M,
    argument: Argument<HostService[M]>,
  ): Promise<Answer<HostService[M]>>
  /** Reads the session again; listeners hear of it when it is another. */
  refreshSession(): Promise<void>
  /**
   * Calls a method of the host that answers a session, and uses that; `onAnswer` is called right before. Asks again where the client went over
   * to another engine meanwhile: a session is of the engine that answered it.
   */
  enterSession<M extends 'signedIn' | 'signedOut'>(
    method: M,
    argument: Argument<HostService[M]>,
    onAnswer: () => void,
  ): Promise<void>
  /** Goes over to another engine. The old one is the caller's to close; the new one is closed here when that comes too late. */
  switchTo(landing: Landing): void
  /** Calls that are in flight fail, and no engine takes the place of this one any more. */
  close(): Promise<void>
}

export type ConnectionOptions = {
  readonly baseName: string
  readonly landing: Landing
  /** Finds the next engine after `lost` became unreachable. */
  readonly descend: (lost: Landing, reason: ErrorRecord) => Promise<Landing>
  /** Called after the engine or the session changed. */
  readonly onChange: (change: { readonly engine: boolean; readonly session: boolean }) => void
}

/**
 * The worker is gone: nobody answers, or the kill worker says so; or there was no engine at all. The call had no effect, or the same one when it
 * is repeated.
 */
const LOST: readonly ErrorCode[] = ['rpc/unreachable', 'worker/unavailable']

export function createConnection({ baseName, landing, descend, onChange }: ConnectionOptions): Connection {
  let current = landing
  let descent: Promise<void> | undefined
  let isClosed = false
  let entering: Promise<void> = Promise.resolve()
  const databases = new Map([[landing.session.accountId, landing.session.database]])

  /** `named`: a database, null for the host, undefined for the session's own. */
  async function callEngine(method: string, argument: unknown, named?: string | null): Promise<unknown> {
    const asked = current
    const { engine, session } = asked
    const database = named === undefined ? session.database : named
    try {
      return await engine.caller.call({ database, method, argument })
    } catch (error) {
      if (!(error instanceof ChatkeepError)) throw error
      const isHosts = named === null
      const canBeLost = engine.rung === 'worker+indexeddb' || engine.isProvisional === true
      if (LOST.includes(error.code) && canBeLost) {
        if (!isClosed && current.engine === engine) await leave(asked, error)
        if (isClosed) throw error
        return callEngine(method, argument, databaseAgain(asked, database))
      }
      const movedTo = error.details.movedTo
      if (error.code === 'account/moved' && typeof movedTo === 'string' && !isHosts) {
        await refreshSession()
        return current.engine.caller.call({ database: movedTo, method, argument })
      }
      // Not repeated: what was meant for one account must not reach another's database.
      const isOver = error.code === 'account/closed' || error.code === 'account/removed'
      if (isOver && !isHosts) await refreshSession()
      throw error
    }
  }

  /** Where a call is repeated that the lost engine did not make: never as another account than it was made for. */
  function databaseAgain({ engine, session }: Landing, named: string | null): string | null {
    const { accountId, database } = current.session
    const isAnother = accountId !== null && accountId !== session.accountId
    // A lesser store has names of its own, and may know nobody; who stood on no store at all was nobody in particular.
    const hasNames = isAnother || current.engine.rung.endsWith('+indexeddb')
    return named !== session.database || (hasNames && !engine.isProvisional) ? named : database
  }

  function leave(lost: Landing, reason: ChatkeepError): Promise<void> {
    descent ??= descend(lost, errorToRecord(reason))
      .then((next) => (current.engine === lost.engine ? switchTo(next) : next.engine.close()))
      .finally(() => {
        descent = undefined
        void lost.engine.close() // What it still has in flight falls at once, and is repeated on the next.
      })
    return descent
  }

  function switchTo(next: Landing): void {
    if (isClosed) return void next.engine.close()
    const before = current
    current = next
    onChange({ engine: true, session: before.session.database !== next.session.database })
  }

  const refreshSession = () => enterSession('openSession', { baseName })

  /** One after the other: an answer that comes late would bring back who has left. */
  function enterSession(method: string, argument: unknown, onAnswer?: () => void): Promise<void> {
    const entered = entering.then(() => enter(method, argument, onAnswer))
    entering = entered.catch(() => {})
    return entered
  }

  async function enter(method: string, argument: unknown, onAnswer?: () => void): Promise<void> {
    let asked: Engine
    let session: Session
    do {
      asked = current.engine
      session = (await callEngine(method, argument, null)) as Session
    } while (asked !== current.engine)
    onAnswer?.()
    const before = current.session
    const isLeft = method === 'signedOut' || (current.isLeft === true && session.accountId === null)
    current = { ...current, session, isLeft }
    databases.set(session.accountId, session.database)
    const isAnother = before.database !== session.database || before.accountId !== session.accountId
    const isAdopted = before.adoptable?.conversationCount !== session.adoptable?.conversationCount
    if (isAnother || isAdopted) onChange({ engine: false, session: isAnother })
  }

  /** Messages come as packed text and are put together here. */
  async function callService(method: string, argument: unknown, database?: string): Promise<unknown> {
    if (method !== 'loadMessages') return callEngine(method, argument, database)
    const page = await callEngine('readMessages', argument, database)
    try {
      return unpackPage(page as MessagePage | PackedPage, argument as LoadQuery)
    } catch {
      // The text is damaged: the engine takes it apart itself, and sets aside what it cannot read.
      return callEngine('loadMessages', argument, database)
    }
  }

  return {
    current: () => current,
    call: (method, argument) => callService(method, argument) as never,
    callIn: (database, method, argument) => callService(method, argument, database) as never,
    databaseOf: (accountId) =>
      accountId === undefined || accountId === current.session.accountId
        ? undefined
        : databases.get(accountId),
    callHost: (method, argument) => callEngine(method, argument, null) as never,
    refreshSession,
    enterSession,
    switchTo,
    async close() {
      isClosed = true
      await current.engine.close()
    },
  }
}
