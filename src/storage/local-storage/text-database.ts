import { ChatkeepError } from '../../domain/errors.ts'
import { isObject } from '../../domain/json-object.ts'
import type { StoreName } from '../../ports/records.ts'
import { SCHEMA, STORE_NAMES } from '../../ports/schema.ts'
import type { Key } from '../../ports/storage.ts'
import { keyRecord } from '../key-record.ts'
import { acceptsWriter, SCHEMA_SETTING, schemaSetting } from '../schema-setting.ts'
import { createTables, type TableChange, type Tables } from '../tables/table-transaction.ts'
import { type JournalKeys, type TextChange, writeAtomically } from './journal.ts'
import type { TextStorage } from './text-storage.ts'

const ROOT = 'chatkeep/'

/** The tables of one database as `localStorage` holds them: one key per record. */
export type TextDatabase = {
  readonly tables: Tables
  readonly journalKeys: JournalKeys
  exists(): boolean
  create(): void
  /** Reads what other tabs wrote since the last time; texts that did not change are not parsed again. */
  refresh(): void
  /** Whether another tab has written since `refresh`. */
  isStale(): boolean
  mayWrite(): boolean
  /** Writes the changes of one transaction, all or nothing. */
  write(changes: readonly TableChange[]): void
  /** Deletes every key of the database. */
  remove(): void
}

/** A database under the keys `chatkeep/<name>/…`. Nothing is read or written before it is asked for. */
export function createTextDatabase(storage: TextStorage, name: string): TextDatabase {
  const prefix = `${ROOT}${encodeURIComponent(name)}/`
  const journalKeys: JournalKeys = { journal: `${prefix}:journal`, reserve: `${prefix}:reserve` }
  const versionKey = `${prefix}:version`
  const schemaKey = recordKey('settings', SCHEMA_SETTING)
  const tables = createTables()
  const texts = new Map<string, string>()
  let version: string | null = null

  function recordKey(store: StoreName, key: Key): string {
    return `${prefix}${store}/${JSON.stringify(key)}`
  }

  function sequenceKey(store: StoreName): string {
    return `${prefix}:sequence/${store}`
  }

  function refresh(): void {
    if (!isStale()) return
    version = storage.getItem(versionKey)
    const present = new Set<string>()
    for (const textKey of keysBelow(storage, prefix)) {
      const text = storage.getItem(textKey)
      if (text === null || textKey.startsWith(`${prefix}:`)) continue
      present.add(textKey)
      if (texts.get(textKey) !== text) load(textKey, text)
    }
    for (const textKey of Array.from(texts.keys())) if (!present.has(textKey)) unload(textKey)
    for (const store of STORE_NAMES) tables[store].sequence = Number(storage.getItem(sequenceKey(store)) ?? 0)
  }

  function load(textKey: string, text: string): void {
    const { store, key } = parseRecordKey(textKey)
    let record: unknown
    try {
      record = JSON.parse(text)
    } catch {
      // Cut, or overwritten by somebody else: what is left of it says so itself.
    }
    tables[store].replace(key, isObject(record) ? record : keyRecord([[SCHEMA[store].keyPath, key]]))
    texts.set(textKey, text)
  }

  function unload(textKey: string): void {
    const { store, key } = parseRecordKey(textKey)
    tables[store].replace(key, undefined)
    texts.delete(textKey)
  }

  function parseRecordKey(textKey: string): { readonly store: StoreName; readonly key: Key } {
    const slash = textKey.indexOf('/', prefix.length)
    const store = textKey.slice(prefix.length, slash) as StoreName
    if (!STORE_NAMES.includes(store)) return { store: 'search', key: textKey }
    return { store, key: parse(textKey, textKey.slice(slash + 1)) as Key }
  }

  function isStale(): boolean {
    return version === null || storage.getItem(versionKey) !== version
  }

  return {
    tables,
    journalKeys,
    exists: () => storage.getItem(schemaKey) !== null,
    create: () => {
      // Leftovers of a removal that was cut off.
      for (const key of keysBelow(storage, prefix)) storage.removeItem(key)
      writeAtomically(storage, journalKeys, [
        [schemaKey, JSON.stringify(schemaSetting())],
        [versionKey, '1'],
      ])
    },
    refresh,
    isStale,
    mayWrite: () => acceptsWriter(tables.settings.get(SCHEMA_SETTING)),
    write: (changes) => {
      const written = new Map<string, string | null>()
      for (const { store, key, after } of changes) {
        written.set(recordKey(store, key), after === undefined ? null : toText(after))
        if (tables[store].sequence > 0) written.set(sequenceKey(store), String(tables[store].sequence))
      }
      const nextVersion = String(Number(version) + 1)
      const textChanges: TextChange[] = [...written, [versionKey, nextVersion]]
      writeAtomically(storage, journalKeys, textChanges)
      version = nextVersion
      for (const [key, text] of written) {
        if (key.startsWith(`${prefix}:`)) continue
        if (text === null) texts.delete(key)
        else texts.set(key, text)
      }
    },
    remove: () => {
      // Its schema first: without it the database does not exist, whatever else is still there.
      storage.removeItem(schemaKey)
      for (const key of keysBelow(storage, prefix)) storage.removeItem(key)
    },
  }
}

/** Names of all databases of ours. */
export function listTextDatabases(storage: TextStorage): readonly string[] {
  const suffix = `/settings/${JSON.stringify(SCHEMA_SETTING)}`
  return keysBelow(storage, ROOT)
    .filter((key) => key.endsWith(suffix))
    .map((key) => decodeURIComponent(key.slice(ROOT.length, -suffix.length)))
    .sort()
}

function keysBelow(storage: TextStorage, prefix: string): string[] {
  const keys: string[] = []
  for (let index = 0; index < storage.length; index++) {
    const key = storage.key(index)
    if (key?.startsWith(prefix)) keys.push(key)
  }
  return keys
}

function toText(record: object): string {
  try {
    return JSON.stringify(record)
  } catch (cause) {
    const message = 'A record holds something that JSON cannot carry. Nothing was written; store plain data.'
    throw new ChatkeepError('input/invalid', message, { cause })
  }
}

function parse(textKey: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `The local storage entry ${textKey} is damaged. Nothing was changed.`
    throw new ChatkeepError('storage/corrupt', message, { cause, details: { key: textKey } })
  }
}
