import { ChatkeepError } from '../../domain/errors.ts'
import { mayRunAgain } from './errors.ts'
import { type OpenDatabase, type OpenOptions, openDatabase } from './open-database.ts'

/** A database handle that is replaced when the browser takes it away. */
export type Connection = {
  /**
   * Runs `work` on the open database. When the connection turns out to be lost, opens another and runs it once more; then
   * `storage/connection-lost` comes through. A database that was removed meanwhile is not made again: `storage/unavailable`.
   */
  use<T>(work: (opened: OpenDatabase) => Promise<T>): Promise<T>
  /** Closes; running transactions finish, later calls reject with `storage/unavailable`. */
  close(): void
}

/**
 * Opens a connection. It is given up at once when another tab wants to change or delete the database (`versionchange`) and when
 * the browser closes it (`close`: storage cleared, disk error, its process gone); the next use opens it anew.
 */
export async function openConnection(name: string, options: OpenOptions): Promise<Connection> {
  let isClosed = false
  let current: Promise<OpenDatabase> | undefined
  let currentlyOpen: OpenDatabase | undefined

  async function open(create: boolean): Promise<OpenDatabase> {
    const opened = await openDatabase(name, { ...options, create })
    const { database } = opened
    database.addEventListener('versionchange', () => {
      database.close()
      forget(opened)
    })
    database.addEventListener('close', () => forget(opened))
    currentlyOpen = opened
    if (isClosed) database.close()
    return opened
  }

  function forget(opened: OpenDatabase): void {
    if (currentlyOpen !== opened) return
    currentlyOpen = undefined
    current = undefined
  }

  function reopen(): Promise<OpenDatabase> {
    const opening = open(false).catch((error: unknown) => {
      if (current === opening) current = undefined
      if (!(error instanceof ChatkeepError) || error.code !== 'input/not-found') throw error
      throw new ChatkeepError('storage/unavailable', `The database ${name} was removed.`, { cause: error })
    })
    return opening
  }

  async function use<T>(work: (opened: OpenDatabase) => Promise<T>): Promise<T> {
    for (let isRetry = false; ; isRetry = true) {
      if (isClosed)
        throw new ChatkeepError('storage/unavailable', `The database ${name} was closed. Open it again.`)
      current ??= reopen()
      const opened = await current
      try {
        return await work(opened)
      } catch (error) {
        if (!(error instanceof ChatkeepError) || error.code !== 'storage/connection-lost') throw error
        opened.database.close()
        forget(opened)
        if (isRetry || !mayRunAgain(error)) throw error
      }
    }
  }

  current = Promise.resolve(await open(options.create))
  return {
    use,
    close: () => {
      isClosed = true
      currentlyOpen?.database.close()
    },
  }
}
