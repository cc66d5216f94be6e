import { wrap } from 'idb'
import { ChatkeepError } from '../../domain/errors.ts'
import { SCHEMA, SCHEMA_VERSION, STORE_NAMES } from '../../ports/schema.ts'
import { acceptsWriter, SCHEMA_SETTING, schemaSetting } from '../schema-setting.ts'

/** Whether a database that a build older than this one left can be ours: every layout had this store. */
export function isOurs(database: IDBDatabase): boolean {
  return database.objectStoreNames.contains('settings')
}

/** Makes the stores and indexes that a database lacks; touches nothing that is there. Runs inside `upgradeneeded`. */
export function upgradeSchema(database: IDBDatabase, transaction: IDBTransaction): void {
  for (const name of STORE_NAMES) {
    const { keyPath, autoIncrement = false, indexes = {} } = SCHEMA[name]
    const store = database.objectStoreNames.contains(name)
      ? transaction.objectStore(name)
      : database.createObjectStore(name, { keyPath: toKeyPath(keyPath), autoIncrement })
    for (const [index, path] of Object.entries(indexes)) {
      if (!store.indexNames.contains(index)) store.createIndex(index, toKeyPath(path))
    }
  }
  transaction.objectStore('settings').put(schemaSetting())
}

/**
 * Whether this build may write the database. A newer one says in `minReader` which is the oldest schema that may; when it
 * says nothing, we only read. Throws `storage/corrupt` when stores are missing: then it is not ours.
 */
export async function mayWrite(database: IDBDatabase): Promise<boolean> {
  const missing = STORE_NAMES.filter((name) => !database.objectStoreNames.contains(name))
  if (missing.length > 0) {
    const message = `The database ${database.name} lacks ${missing.join(', ')}: it is damaged or not made by chatkeep.`
    throw new ChatkeepError('storage/corrupt', message, { details: { missing } })
  }
  if (database.version <= SCHEMA_VERSION) return true
  const settings = database.transaction('settings').objectStore('settings')
  return acceptsWriter(await wrap<unknown>(settings.get(SCHEMA_SETTING)))
}

function toKeyPath(path: string | readonly string[]): string | string[] {
  return typeof path === 'string' ? path : Array.from(path)
}
