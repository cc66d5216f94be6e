import { ChatkeepError } from '../domain/errors.ts'
import type { StorageFactory } from '../ports/storage.ts'
import { countCommit } from './commits.ts'
import type { DatabaseState } from './database-state.ts'

/** Stored in each database under `home`: whose it is, and which registry it is listed in. */
export type Home = { readonly baseName: string; readonly accountId: string | null }

/** Creates a database unless it is there, opens it for calls, and writes into it whose it is. Answers whether it said so already. */
export async function prepareDatabase(
  storage: StorageFactory,
  name: string,
  home: Home,
  state: DatabaseState | null = null,
): Promise<boolean> {
  const opened = await storage.open(name)
  try {
    return await opened.write(['settings', 'commits'], 'strict', async (tx) => {
      await countCommit(tx, 'home')
      const known = (await tx.get('settings', 'home'))?.value as Home | undefined
      await tx.put('settings', { name: 'home', value: home })
      if (state === null) await tx.delete('settings', 'state')
      else await tx.put('settings', { name: 'state', value: state })
      return known?.baseName === home.baseName && known.accountId === home.accountId
    })
  } finally {
    await opened.close()
  }
}

/** Whether opening failed because there is no such database, and not because it could not be opened just now. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof ChatkeepError &&
    (error.code === 'account/removed' || error.code === 'account/moved' || error.code === 'input/not-found')
  )
}
