import { SCHEMA_VERSION } from '../../../src/ports/schema.ts'

const NEWER = SCHEMA_VERSION + 1

/** Turns a database into what a newer build leaves: a higher version, a store that we do not know, and its minReader. */
export function makeNewer(factory: IDBFactory, database: string, minReader: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory.open(database, NEWER)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('novelty')
      request.transaction
        ?.objectStore('settings')
        .put({ name: 'schema', value: { version: NEWER, minReader } })
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
  })
}

/** The same in a `localStorage`. */
export function makeNewerText(storage: Pick<Storage, 'setItem'>, database: string, minReader: number): void {
  const prefix = `chatkeep/${encodeURIComponent(database)}/`
  storage.setItem(
    `${prefix}settings/"schema"`,
    JSON.stringify({ name: 'schema', value: { version: NEWER, minReader } }),
  )
  storage.setItem(`${prefix}:version`, '1000')
}
