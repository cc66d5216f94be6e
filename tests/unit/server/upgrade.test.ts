import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { MIGRATIONS, SQLITE_DDL } from '../../../server/storage/migrations.ts'
import { openStorage } from '../../../server/storage/open-storage.ts'
import { CURSOR_ZERO } from '../../../src/domain/wire.ts'
import { aMessage, aMessageValue, anId } from './builders.ts'

const DIGEST = '0'.repeat(16)
const folder = mkdtempSync(join(tmpdir(), 'chatkeep-upgrade-'))
const path = join(folder, 'chat.sqlite')
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A database as the third migration left it: a table of cells beside the log, of which the log itself knew no places. */
function anOldDatabase(messages: readonly { readonly id: string; readonly born: number }[]): void {
  const database = new DatabaseSync(path)
  database.exec('create table migrations (id integer primary key, applied_at integer not null)')
  for (const { id, statements } of MIGRATIONS.filter((migration) => migration.id < 4)) {
    for (const statement of statements(SQLITE_DDL)) database.exec(statement)
    database.prepare('insert into migrations values (?, 0)').run(id)
  }
  database.exec(`insert into spaces values ('s', 'e', ${messages.length}, '${DIGEST}', 0, 0);
    insert into space_members values ('s', 'anna', 'owner'); insert into projects values ('anna', 'p', 's');
    insert into conversations values ('s', 'c', 0, 0, 1, ${messages.length}, '${DIGEST}',
      '{"title":"Old","messageCount":${messages.length},"createdAt":0,"updatedAt":0,"archived":false,"pinned":false,"trashed":false,"tags":[]}')`)
  const log = database.prepare(
    `insert into log values ('s', ?, ?, 'c', 'set', ?, ?, '[]', ?, 2, '${DIGEST}', 0, 1)`,
  )
  const cell = database.prepare(`insert into cells values ('s', 'c', ?, ?, ?, ?, 1, ?, 2, '[]', '{}', 2)`)
  for (const [index, { id, born }] of messages.entries()) {
    const register = `message:${id}`
    const value = aMessageValue(id, { born, createdAt: born })
    log.run(index + 1, anId(), register, born, JSON.stringify(value))
    cell.run(register, id, born, born, born)
  }
  database.close()
}

test('a database of an earlier build keeps the order of its messages, and its list goes on where it was', async () => {
  anOldDatabase([
    { id: 'last', born: 30 },
    { id: 'first', born: 10 },
    { id: 'middle', born: 20 },
  ])
  const storage = await openStorage(`sqlite:${path}`)
  const page = (before: string | undefined) =>
    storage.readConversation({
      ...{ account: 'anna', conversationId: 'c', projectId: 'p', cursor: undefined },
      ...{ before, limit: 2, maxBytes: 1e9 },
    })
  const newest = await page(undefined)
  expect(newest?.messages.map(({ id }) => id)).toEqual(['middle', 'last'])
  const older = await page(newest?.next ?? undefined)
  expect(older?.messages.map(({ id }) => id)).toEqual(['first'])
  const value = aMessageValue('new', { born: 40, createdAt: 40 })
  await storage.append({
    ...{ account: 'anna', projectId: 'p', cursor: CURSOR_ZERO, now: 1 },
    operations: [aMessage('c', 'new', {}, value)],
  })
  const { conversations } = await storage.listConversations({
    ...{ account: 'anna', projectId: 'p', before: undefined, limit: 9, includesTrashed: false },
  })
  expect(conversations).toMatchObject([
    { title: 'text of first', messageCount: 4, createdAt: 10, updatedAt: 40 },
  ])
  await storage.close()
})
