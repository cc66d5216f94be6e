import type { MigrationParts } from './migrate-legacy.ts'

/** Where the copy is: a key of localStorage, or `setting:<name>` in the database where localStorage has no room for it. */
export type Backup = { readonly name: string; readonly savedAt: number }

const PREFIX = 'chatkeep-backup:'

/**
 * Keeps the text as it is before anything is done with it. A copy that is there already is used again with its time, so that a
 * second run dates the same messages the same way. Rejects when there is no room anywhere.
 */
export async function backUp(
  key: string,
  text: string,
  { storage, call, now }: Pick<MigrationParts, 'storage' | 'call' | 'now'>,
): Promise<Backup> {
  const prefix = `${PREFIX}${key}:`
  for (const name of Object.keys(storage)) {
    const savedAt = Number(name.slice(prefix.length))
    if (name.startsWith(prefix) && Number.isFinite(savedAt) && storage.getItem(name) === text)
      return { name, savedAt }
  }
  const setting = `${PREFIX}${key}`.slice(0, 200)
  const kept = (await call('getSetting', { name: setting })).value as
    | { savedAt?: number; text?: string }
    | undefined
    | null
  if (kept?.text === text && typeof kept.savedAt === 'number')
    return { name: `setting:${setting}`, savedAt: kept.savedAt }
  const savedAt = now()
  try {
    storage.setItem(`${prefix}${savedAt}`, text)
    return { name: `${prefix}${savedAt}`, savedAt }
  } catch {
    // localStorage is full, of this very text perhaps: the database has room.
    await call('setSetting', { name: setting, value: { savedAt, text } })
    return { name: `setting:${setting}`, savedAt }
  }
}
