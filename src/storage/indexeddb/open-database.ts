import { unwrap, wrap } from 'idb'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import { SCHEMA_VERSION } from '../../ports/schema.ts'
import { nameOf, toOpenError } from './errors.ts'
import { isOurs, mayWrite, upgradeSchema } from './schema.ts'

export type OpenDatabase = { readonly database: IDBDatabase; readonly isReadOnly: boolean }

export type OpenOptions = {
  readonly factory: () => IDBFactory
  readonly setTimer: Clock['setTimer']
  readonly create: boolean
}

const BLOCKED_AFTER_MS = 5_000
/** "Internal error opening backing store" passes when the browser has repaired or released its files. */
const REOPEN_DELAYS_MS = [30, 120, 480]

/**
 * Opens a database, makes or extends its stores, and says whether this build may write it. Rejects with `input/not-found`,
 * `storage/blocked`, `storage/quota`, `storage/corrupt` or `storage/unavailable`.
 */
export async function openDatabase(name: string, options: OpenOptions): Promise<OpenDatabase> {
  for (const delayMs of [...REOPEN_DELAYS_MS, undefined]) {
    try {
      return await openOnce(name, options)
    } catch (error) {
      if (delayMs === undefined || nameOf(error) !== 'UnknownError') throw toOpenError(error)
      await new Promise<void>((resolve) => options.setTimer(resolve, delayMs))
    }
  }
  throw new ChatkeepError('internal', 'Unreachable.')
}

async function openOnce(name: string, options: OpenOptions): Promise<OpenDatabase> {
  const database = await openVersion(name, SCHEMA_VERSION, options).catch((error: unknown) => {
    // A newer build was here: open what there is, and let it say what we may do.
    if (nameOf(error) === 'VersionError') return openVersion(name, undefined, options)
    throw error
  })
  try {
    return { database, isReadOnly: !(await mayWrite(database)) }
  } catch (error) {
    database.close()
    throw error
  }
}

async function openVersion(
  name: string,
  version: number | undefined,
  options: OpenOptions,
): Promise<IDBDatabase> {
  const request = options.factory().open(name, version)
  let isMissing = false
  let isForeign = false
  request.addEventListener('upgradeneeded', (event) => {
    if (request.transaction === null) return
    isMissing = event.oldVersion === 0 && !options.create
    isForeign = event.oldVersion > 0 && !isOurs(request.result)
    if (isMissing || isForeign) request.transaction.abort()
    else upgradeSchema(request.result, request.transaction)
  })
  try {
    const opened = await orBlocked(request, wrap(request), `open ${name}`, options.setTimer, (late) =>
      late?.close(),
    )
    if (opened === undefined)
      throw new ChatkeepError('internal', 'The browser answered an open without a database.')
    return unwrap(opened)
  } catch (error) {
    if (isForeign)
      throw new ChatkeepError(
        'storage/corrupt',
        `The database ${name} was not made by chatkeep. It was left alone.`,
      )
    if (isMissing)
      throw new ChatkeepError('input/not-found', `There is no database ${name}. Nothing was created.`)
    throw error
  }
}

/** Deletes a database; one that does not exist is no error. Rejects with `storage/blocked` while another tab holds it open. */
export async function deleteDatabase(name: string, options: Omit<OpenOptions, 'create'>): Promise<void> {
  try {
    const request = options.factory().deleteDatabase(name)
    await orBlocked(request, wrap(request), `remove ${name}`, options.setTimer, () => {})
  } catch (error) {
    throw toOpenError(error)
  }
}

/** Awaits an open or delete request, but no longer than 5 s after the browser said that another connection blocks it. */
async function orBlocked<T>(
  request: IDBOpenDBRequest,
  answer: Promise<T>,
  what: string,
  setTimer: Clock['setTimer'],
  onLateAnswer: (answer: T) => void,
): Promise<T> {
  let cancel: Cancel | undefined
  const blocked = new Promise<never>((_, reject) => {
    request.addEventListener('blocked', () => {
      cancel ??= setTimer(() => {
        answer.then(onLateAnswer, () => {})
        const message = `Cannot ${what}: another tab holds it open. Nothing is lost; close the other tabs or reload them.`
        reject(new ChatkeepError('storage/blocked', message, { retryable: true }))
      }, BLOCKED_AFTER_MS)
    })
  })
  try {
    return await Promise.race([answer, blocked])
  } finally {
    cancel?.()
  }
}
