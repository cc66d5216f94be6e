import {
  changeSyncSettings,
  parseSyncSettings,
  type SyncSettings,
  type SyncSettingsChange,
} from '../../domain/sync-settings.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import type { Database } from '../unit.ts'

const NAME = 'sync'

/** What a person wants of sync. Read anew at each drain: any context may have changed it. */
export async function readSyncSettings(tx: ReadTransaction): Promise<SyncSettings> {
  return parseSyncSettings((await tx.get('settings', NAME))?.value)
}

export function writeSyncSettings(database: Database, change: SyncSettingsChange): Promise<SyncSettings> {
  return database.write('strict', async ({ tx }) => {
    const changed = changeSyncSettings(await readSyncSettings(tx), change)
    await tx.put('settings', { name: NAME, value: changed })
    return changed
  })
}
