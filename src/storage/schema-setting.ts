import { ChatkeepError } from '../domain/errors.ts'
import type { SettingRecord } from '../ports/records.ts'
import { MIN_READER, SCHEMA_VERSION } from '../ports/schema.ts'

/** Name of the record in `settings` that says which layout a database has and who may write it; every backend makes it. */
export const SCHEMA_SETTING = 'schema'

/** The record as this build writes it. */
export function schemaSetting(): SettingRecord {
  return { name: SCHEMA_SETTING, value: { version: SCHEMA_VERSION, minReader: MIN_READER } }
}

/** Whether the record that was found allows this build to write; one that says nothing does not. */
export function acceptsWriter(setting: unknown): boolean {
  const { value } = (setting ?? {}) as { value?: { minReader?: unknown } }
  return typeof value?.minReader === 'number' && value.minReader <= SCHEMA_VERSION
}

/** What every write rejects with when a newer build's data may only be read. */
export function readOnlyError(database: string): ChatkeepError {
  return new ChatkeepError(
    'storage/read-only',
    `A newer version of this app wrote ${database}. Reading and exporting work; reload to get the newer version before writing.`,
  )
}
