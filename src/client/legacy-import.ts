import { createBrowserLocks } from '../browser/locks.ts'
import type { Core } from './core.ts'
import { isLegacyKey } from './legacy/legacy-keys.ts'

/** Imports what LeanSpec left in localStorage; loads the importer only when there is something. */
export async function importLegacy(core: Core): Promise<void> {
  const { environment, connection, projectId, status, changes } = core
  const { localStorage: storage, clock } = environment
  if (storage === null || !Object.keys(storage).some(isLegacyKey)) return
  const [{ migrateLegacy }, { createSha256Hashing }] = await Promise.all([
    import('./legacy/migrate-legacy.ts'),
    import('../hashing/sha256.ts'),
  ])
  const migration = await migrateLegacy({
    storage,
    call: connection.call,
    locks: createBrowserLocks(),
    hashing: createSha256Hashing(),
    now: clock.now,
    projectId,
    isDurable: status.get().rung !== 'memory',
  })
  status.set({ migration })
  if (migration.importedConversations === 0) return
  changes.tellAll()
  core.wakeUps?.saved()
}
