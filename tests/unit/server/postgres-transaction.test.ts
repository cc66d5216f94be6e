import type { CompiledQuery } from 'kysely'
import { expect, test } from 'vitest'
import {
  type Connection,
  readInTransaction,
  writeInTransaction,
} from '../../../server/storage/postgres-transaction.ts'
import type { Program } from '../../../server/storage/program.ts'

type Answer = Awaited<ReturnType<Connection['query']>>

const query = (kind: string, sql: string) =>
  ({ sql, parameters: [], query: { kind } }) as unknown as CompiledQuery
const select = (sql: string) => query('SelectQueryNode', sql)
const insert = (sql: string) => query('InsertQueryNode', sql)

/** A connection that answers when it is told to, in the order of the queries. */
function aConnection() {
  const sent: string[] = []
  const open: PromiseWithResolvers<Answer>[] = []
  const connection: Connection = {
    query({ text }) {
      sent.push(text.split(';')[0] ?? '')
      const answer = Promise.withResolvers<Answer>()
      open.push(answer)
      return answer.promise
    },
  }
  /** Lets what follows from answers happen. */
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    connection,
    sent,
    async answer(...commands: readonly string[]) {
      for (const command of commands) open.shift()?.resolve({ command, rows: [{ told: command }] })
      await settle()
    },
    async refuse(message: string, severity = 'ERROR') {
      open.shift()?.reject(Object.assign(new Error(message), { severity }))
      await settle()
    },
    async lose() {
      for (const answer of open.splice(0)) answer.reject(new Error('Connection terminated unexpectedly'))
      await settle()
    },
  }
}

const BEGIN = 'begin isolation level read committed'

function* readsThenWrites(): Program<string> {
  const [rows] = yield [select('lock')]
  yield [insert('first')]
  yield [insert('second')]
  return `read ${rows?.length}`
}

const run = ({ connection }: ReturnType<typeof aConnection>) =>
  writeInTransaction(connection, 'set local x = y', readsThenWrites())

test('writes and the commit leave together, behind the answers of what was read', async () => {
  const database = aConnection()
  const done = run(database)
  expect(database.sent).toEqual([BEGIN, 'lock'])
  await database.answer('BEGIN', 'SELECT')
  expect(database.sent).toEqual([BEGIN, 'lock', 'first', 'second', 'commit'])
  await database.answer('INSERT', 'INSERT', 'COMMIT')
  expect(await done).toBe('read 1')
})

test('a write that fails fails the transaction, though nobody waited for it', async () => {
  const database = aConnection()
  const done = run(database)
  const refused = expect(done).rejects.toMatchObject({ message: 'no space left' })
  await database.answer('BEGIN', 'SELECT')
  await database.refuse('no space left')
  await database.refuse('current transaction is aborted')
  await database.answer('ROLLBACK')
  await refused
})

test('a commit that is answered with a rollback is no commit', async () => {
  const database = aConnection()
  const refused = expect(run(database)).rejects.toThrow('nothing is stored')
  await database.answer('BEGIN', 'SELECT')
  await database.answer('INSERT', 'INSERT', 'ROLLBACK')
  await refused
})

test('a commit that the database refuses is an error of its own', async () => {
  const database = aConnection()
  const refused = expect(run(database)).rejects.toMatchObject({ message: 'could not serialize' })
  await database.answer('BEGIN', 'SELECT')
  await database.answer('INSERT', 'INSERT')
  await database.refuse('could not serialize')
  await refused
})

test('nobody knows what became of a commit whose answer was lost', async () => {
  const database = aConnection()
  const refused = expect(run(database)).rejects.toMatchObject({ code: 'sync/server-error', retryable: true })
  await database.answer('BEGIN', 'SELECT')
  await database.answer('INSERT')
  await database.lose()
  await refused
})

test('no write leaves before the transaction has begun', async () => {
  const database = aConnection()
  const done = writeInTransaction(
    database.connection,
    'set local x = y',
    (function* (): Program<void> {
      yield [insert('only')]
    })(),
  )
  const refused = expect(done).rejects.toMatchObject({ message: 'canceled' })
  expect(database.sent).toEqual([BEGIN])
  await database.refuse('canceled')
  await refused
  expect(database.sent).toEqual([BEGIN])
})

test('what was read is there before the end of its transaction was answered', async () => {
  const database = aConnection()
  const { result, ended } = readInTransaction(
    database.connection,
    (function* (): Program<unknown> {
      const [rows] = yield [select('one'), select('two')]
      return rows
    })(),
  )
  await database.answer('BEGIN', 'SELECT', 'SELECT')
  expect(await result).toEqual([{ told: 'SELECT' }])
  expect(database.sent.at(-1)).toBe('commit')
  await database.answer('COMMIT')
  await ended
})
