import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createGroupedWrites } from '../../../server/storage/sqlite-writes.ts'

function aDatabase() {
  const database = new DatabaseSync(':memory:')
  database.exec('create table notes (text text unique)')
  const insert = (text: string) => () => database.prepare('insert into notes values (?)').run(text).changes
  const texts = () =>
    database
      .prepare('select text from notes order by text')
      .all()
      .map((row) => row.text)
  return { database, insert, texts, writes: createGroupedWrites(database) }
}

test('writes of one turn share a transaction, in their order', async () => {
  const { database, writes, insert, texts } = aDatabase()
  const begins: string[] = []
  const exec = database.exec.bind(database)
  database.exec = (sql: string) => {
    if (sql.startsWith('begin')) begins.push(sql)
    exec(sql)
  }
  await Promise.all(['a', 'b', 'c'].map((text) => writes.run(insert(text))))
  expect(texts()).toEqual(['a', 'b', 'c'])
  expect(begins).toHaveLength(1)
})

test('a write that fails takes nothing of the others with it', async () => {
  const { writes, insert, texts } = aDatabase()
  const outcomes = await Promise.allSettled([
    writes.run(insert('a')),
    writes.run(() => {
      insert('half')()
      insert('a')()
    }),
    writes.run(insert('b')),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(texts()).toEqual(['a', 'b'])
})

test('when the transaction is lost its writes run one by one, and only the culprit fails', async () => {
  const { database, writes, insert, texts } = aDatabase()
  const outcomes = await Promise.allSettled([
    writes.run(insert('a')),
    writes.run(() => {
      // What SQLite does by itself when the disk is full.
      database.exec('rollback')
      throw new Error('disk full')
    }),
    writes.run(insert('b')),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(texts()).toEqual(['a', 'b'])
})

test('what waits is written when the database closes', async () => {
  const { writes, insert, texts } = aDatabase()
  const written = writes.run(insert('a'))
  writes.flush()
  expect(texts()).toEqual(['a'])
  await written
})
