import { ChatkeepError, errorToRecord } from '../../domain/errors.ts'
import type { MutationId } from '../../domain/ids.ts'
import { jsonEquals } from '../../domain/json.ts'
import type { ImportedConversation } from '../../domain/service/import.ts'
import type { Locks } from '../../ports/locks.ts'
import type { Hashing } from '../../ports/random.ts'
import type { MigrationReport } from '../api.ts'
import type { Connection } from '../connection.ts'
import { type Backup, backUp } from './backup.ts'
import { readLegacyTexts } from './legacy-keys.ts'
import { type LegacyProblem, parseLegacy } from './parse-legacy.ts'

export type MigrationParts = {
  readonly storage: Storage
  readonly call: Connection['call']
  readonly locks: Locks
  readonly hashing: Hashing
  readonly now: () => number
  readonly projectId: string
  /** False where what was imported does not outlive the page: then the old keys stay. */
  readonly isDurable: boolean
}

const NOTHING: MigrationReport = {
  state: 'nothing-to-do',
  importedConversations: 0,
  importedMessages: 0,
  backups: [],
  problems: [],
}

/**
 * Imports LeanSpec's chats: backup first, then write, read back, compare, and only then remove the key. One tab at a time; what
 * it writes follows from the texts alone, so that repeating it, also in a tab without locks, changes nothing.
 */
export async function migrateLegacy(parts: MigrationParts): Promise<MigrationReport> {
  return (await parts.locks.hold('legacy-migration', {}, () => migrate(parts))) ?? NOTHING
}

async function migrate(parts: MigrationParts): Promise<MigrationReport> {
  const { storage } = parts
  const texts = readLegacyTexts(storage)
  if (texts.size === 0) return NOTHING
  const problems: LegacyProblem[] = []
  const backups = new Map<string, Backup>()
  for (const [key, text] of texts) {
    try {
      backups.set(key, await backUp(key, text, parts))
    } catch (error) {
      problems.push({ key, error: errorToRecord(error) })
    }
  }
  const safe = new Map([...texts].filter(([key]) => backups.has(key)))
  const parsed = parseLegacy(safe, (key) => backups.get(key)?.savedAt ?? 0)
  problems.push(...parsed.problems)
  const done: ImportedConversation[] = []
  for (const { conversation, keys } of parsed.conversations) {
    try {
      await importOne(conversation, parts)
      done.push(conversation)
    } catch (error) {
      for (const key of keys) problems.push({ key, error: errorToRecord(error) })
    }
  }
  const kept = new Set(problems.map(({ key }) => key))
  // What another tab's old app wrote meanwhile is not in the import: it stays for the next start.
  const finished = [...safe].filter(([key, text]) => !kept.has(key) && storage.getItem(key) === text)
  if (parts.isDurable) for (const [key] of finished) storage.removeItem(key)
  return {
    state: problems.length === 0 ? 'done' : finished.length > 0 || done.length > 0 ? 'partly' : 'failed',
    importedConversations: done.length,
    importedMessages: done.reduce((sum, { messages }) => sum + messages.length, 0),
    backups: [...backups.values()].map(({ name }) => name),
    problems,
  }
}

async function importOne(conversation: ImportedConversation, parts: MigrationParts): Promise<void> {
  const { call, hashing, projectId } = parts
  const { id, messages } = conversation
  const known = await call('getConversation', { conversationId: id })
  if (known !== null && messages.length === 0) return
  // A title that was changed since an earlier run stays as it was changed.
  const { title: _title, ...untitled } = conversation
  const mutationId = hashing.hash(JSON.stringify([projectId, conversation])) as MutationId
  const conversations = [known === null ? conversation : untitled]
  await call('importConversations', { mutationId, projectId, conversations })
  await assertReadsBack(id, messages, call)
}

async function assertReadsBack(
  conversationId: string,
  messages: ImportedConversation['messages'],
  call: Connection['call'],
): Promise<void> {
  const page = await call('loadMessages', { conversationId, limit: 0 })
  const storedById = new Map(page.messages.map((stored) => [stored.id, stored.message]))
  const missing = messages.filter(({ message }) => !jsonEquals(storedById.get(message.id), message))
  if (missing.length === 0) return
  throw new ChatkeepError(
    'storage/corrupt',
    `${missing.length} imported messages did not read back as they were. The old copy was kept.`,
    { details: { conversationId, missing: missing.length } },
  )
}
