import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import { startServer } from '../../server/start-server.ts'
import { type ChatStorage, createChatStorage } from '../../server/storage/chat-storage.ts'
import type { Engine } from '../../server/storage/engine.ts'
import { rowToJson } from '../../server/storage/log-row.ts'
import { openPostgresEngine } from '../../server/storage/postgres-engine.ts'
import { rowsOf } from '../../server/storage/program.ts'
import { openSqliteEngine } from '../../server/storage/sqlite-engine.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { openMemoryEngine } from '../simulation/memory-engine/open-memory-engine.ts'
import {
  aMessage,
  aMessageValue,
  anId,
  aPurge,
  aSet,
  aStub,
  asCursor,
  byConversation,
} from '../unit/server/builders.ts'

const postgres = process.env.POSTGRES_URL
  ? { url: process.env.POSTGRES_URL, stop: async () => {} }
  : await startPostgres()
if (postgres === undefined)
  console.warn('The contract of the cloud storage did not run on PostgreSQL: none can be had here.')
afterAll(() => postgres?.stop())

let schemas = 0
const backends: { name: string; isHere: boolean; open: () => Promise<Engine> }[] = [
  { name: 'SQLite', isHere: true, open: async () => openSqliteEngine(':memory:') },
  { name: 'the simulator’s arrays', isHere: true, open: async () => openMemoryEngine() },
  {
    name: 'PostgreSQL',
    isHere: postgres !== undefined,
    open: () =>
      openPostgresEngine({
        url: postgres?.url ?? '',
        schema: `contract_${process.pid}_${schemas++}`,
        maxConnections: 5,
      }),
  },
]

describe.for(backends)('cloud storage on $name', ({ isHere, open }) => {
  let engine: Engine
  let storage: ChatStorage
  let now = 1_700_000_000_000

  beforeEach(async () => {
    if (!isHere) return
    engine = await open()
    storage = createChatStorage(engine)
  })
  afterEach(() => (isHere ? storage.close() : undefined))

  const project = { account: 'anna', projectId: 'notes' }
  const append = (operations: readonly Operation[], cursor = CURSOR_ZERO, key = project) =>
    storage.append({ ...key, cursor, operations, now: now++ })
  const delta = (cursor = CURSOR_ZERO, limit = 1_000, maxBytes = 1e9) =>
    storage.readDelta({ ...project, cursor, limit, maxBytes })
  const list = () =>
    storage.listConversations({ ...project, before: undefined, limit: 100, includesTrashed: false })
  const read = (conversationId: string, more = {}) =>
    storage.readConversation({
      account: project.account,
      conversationId,
      projectId: undefined,
      cursor: undefined,
      before: undefined,
      limit: 100,
      maxBytes: 1e9,
      ...more,
    })
  const shown = async (cursor = CURSOR_ZERO) => {
    const page = await delta(cursor)
    return [...page.operations, ...page.purges].map((row) => JSON.parse(rowToJson(row)) as unknown)
  }
  const allRows = () =>
    engine.read(({ db }) => rowsOf(db.selectFrom('log').selectAll().orderBy('space').orderBy('seq')))
  const purge = (conversationId: string, etag?: string) =>
    storage.purgeConversation({
      account: project.account,
      conversationId,
      projectId: undefined,
      matches: (found) => etag === undefined || found === etag,
      now: now++,
    })

  test.skipIf(!isHere)(
    'erasing an account leaves none of its rows, and takes nothing of anybody else',
    async () => {
      const ben = { account: 'ben', projectId: 'notes' }
      await append([aMessage('c', 'a'), aSet('c', 'title', 'Tides'), aPurge('c', [anId()])])
      await append([aMessage('c', 'ben')], CURSOR_ZERO, ben)
      const before = await storage.head(ben)
      await storage.eraseAccount({ account: 'anna', now: now++ })
      await storage.eraseAccount({ account: 'anna', now: now++ })
      expect([await storage.isErased('anna'), await storage.isErased('ben')]).toEqual([true, false])
      expect(await storage.listProjects('anna')).toEqual([])
      await expect(append([aMessage('c', 'again')])).rejects.toMatchObject({ code: 'account/gone' })
      expect(await storage.head(ben)).toBe(before)
      const tables = ['log', 'purged', 'conversations', 'projects', 'space_members', 'spaces'] as const
      const counts = await Promise.all(
        tables.map((table) => engine.read(({ db }) => rowsOf(db.selectFrom(table).selectAll()))),
      )
      expect(counts.map((rows) => rows.length)).toEqual([1, 0, 1, 1, 1, 1])
    },
  )

  test.skipIf(!isHere)(
    'answers an empty page and a cursor for a project that nobody has written to',
    async () => {
      expect(await delta()).toEqual({ operations: [], purges: [], cursor: CURSOR_ZERO, more: false })
      expect(await list()).toEqual({ conversations: [], next: null, cursor: CURSOR_ZERO })
      expect(await storage.head(project)).toBe(CURSOR_ZERO)
    },
  )

  test.skipIf(!isHere)('gives back what was appended, verbatim and in order', async () => {
    const text = 'NUL \u0000, lone \ud800 surrogate, 你好, 👩‍👩‍👧, "quotes" \\ and \'; drop table log; --'
    const operations = [
      aMessage('c', 'a', {}, aMessageValue('a', { message: { id: 'a', role: 'user', content: text } })),
      aSet('c', 'title', text),
      aSet('c', 'tag:新', true),
      aSet('d', 'unknown-of-a-later-version', { any: ['thing', null, 1.5, -0.25] }),
    ]
    await append(operations)
    expect(await shown()).toEqual(operations)
  })

  test.skipIf(!isHere)('goes on from a cursor and says when there is no more', async () => {
    const first = await append([aMessage('c', 'a')])
    const later = [aMessage('c', 'b'), aMessage('c', 'd'), aMessage('c', 'e')]
    const second = await append(later, first.head)
    const page = await delta(first.head, 2)
    expect(page).toMatchObject({ more: true, operations: [{ id: later[0]?.id }, { id: later[1]?.id }] })
    const rest = await delta(page.cursor, 2)
    expect(rest).toMatchObject({ more: false, cursor: second.head, operations: [{ id: later[2]?.id }] })
    expect(await delta(second.head)).toMatchObject({ operations: [], cursor: second.head, more: false })
  })

  test.skipIf(!isHere)(
    'ends a page before it gets too heavy, but never before its first operation',
    async () => {
      const large = () => aSet('c', 'title', 'x'.repeat(5_000))
      await append([large(), large(), large()])
      const page = await delta(CURSOR_ZERO, 100, 11_000)
      expect(page).toMatchObject({ more: true })
      expect(page.operations).toHaveLength(2)
      expect((await delta(CURSOR_ZERO, 100, 10)).operations).toHaveLength(1)
    },
  )

  test.skipIf(!isHere)(
    'goes on in the space that a project has by now, not in the one it was last seen in',
    async () => {
      const ben = { account: 'ben', projectId: 'notes' }
      const kept = aMessage('c', 'kept')
      await append([aMessage('c', 'a')])
      await append([kept], CURSOR_ZERO, ben)
      const [, bens] = await engine.read(({ db }) =>
        rowsOf(db.selectFrom('projects').selectAll().orderBy('account')),
      )
      const space = bens?.space ?? ''
      await engine.write(function* ({ db }) {
        yield* rowsOf(db.insertInto('space_members').values({ space, account: 'anna', role: 'owner' }))
        yield* rowsOf(db.updateTable('projects').set({ space }).where('account', '=', 'anna'))
      })
      const repeated = await append([kept, aSet('c', 'title', 'Tides')])
      expect(repeated).toMatchObject({ added: 1, head: await storage.head(ben) })
      expect(await shown()).toMatchObject([{ id: kept.id }, { register: 'title' }])
    },
  )

  test.skipIf(!isHere)('acknowledges a repeated operation without storing it again', async () => {
    const operation = aMessage('c', 'a')
    const first = await append([operation])
    expect(first).toMatchObject({ accepted: [operation.id], held: [], added: 1 })
    const changed = { ...operation, value: aMessageValue('a') }
    expect(await append([changed])).toMatchObject({
      accepted: [operation.id],
      held: [],
      head: first.head,
      added: 0,
    })
    expect(await append([operation], first.head)).toMatchObject({ held: [operation.id], added: 0 })
    expect(await shown()).toEqual([operation])
  })

  test.skipIf(!isHere)('stores an operation that stands twice in one request once', async () => {
    const operation = aMessage('c', 'a')
    expect(await append([operation, operation])).toMatchObject({
      accepted: [operation.id],
      held: [],
      added: 1,
    })
  })

  test.skipIf(!isHere)(
    'stores nothing for a cursor of another log, a later point or a wrong digest',
    async () => {
      const { head } = await append([aMessage('c', 'a')])
      const [epoch, , digest] = head.split('.')
      for (const cursor of [
        `other.1.${digest}`,
        `${epoch}.2.${digest}`,
        `${epoch}.1.0000000000000000`,
        'x',
      ]) {
        await expect(append([aMessage('c', 'b')], asCursor(cursor))).rejects.toMatchObject({
          code: 'sync/gone',
        })
        const refused = { code: 'sync/gone' }
        await expect(delta(asCursor(cursor))).rejects.toMatchObject(refused)
        for (const id of ['c', 'not-there'])
          await expect(read(id, { projectId: 'notes', cursor })).rejects.toMatchObject(refused)
      }
      expect(await read('not-there', { projectId: 'notes', cursor: head })).toBeUndefined()
      await expect(read('c', { projectId: 'new', cursor: head })).rejects.toMatchObject({ code: 'sync/gone' })
      await expect(
        append([aMessage('c', 'b')], head, { ...project, projectId: 'new' }),
      ).rejects.toMatchObject({
        code: 'sync/gone',
      })
      expect(await allRows()).toHaveLength(1)
    },
  )

  test.skipIf(!isHere)('replaces a stub by its whole operation in a new row', async () => {
    const operation = aMessage('c', 'a')
    const stubbed = await append([aStub(operation)])
    expect(await shown()).toEqual([aStub(operation)])
    const whole = await append([operation], stubbed.head)
    expect(whole).toMatchObject({ accepted: [operation.id], held: [], added: 1 })
    expect(await shown()).toEqual([operation])
    expect(await shown(stubbed.head)).toEqual([operation])
    expect((await list()).conversations).toMatchObject([{ id: 'c', messageCount: 1 }])
    expect(await append([aStub(operation)], whole.head)).toMatchObject({ held: [operation.id], added: 0 })
  })

  test.skipIf(!isHere)('replaces a stub by its whole operation within one request', async () => {
    const operation = aMessage('c', 'a')
    expect(await append([aStub(operation), operation])).toMatchObject({ accepted: [operation.id], added: 2 })
    expect(await shown()).toEqual([operation])
  })

  test.skipIf(!isHere)('strips what a purge names and keeps its place in the graph', async () => {
    const old = aMessage('c', 'a')
    const edit = aMessage('c', 'a', { overwrites: [old.id] })
    const other = aMessage('c', 'b')
    await append([old, edit, other])
    const named = aPurge('c', [old.id, edit.id])
    await append([named])
    expect(await shown()).toEqual([aStub(old), aStub(edit), other, named])
    const rows = await allRows()
    expect(rows.map((row) => row.body === null)).toEqual([true, true, false, true])
    expect((await list()).conversations).toMatchObject([{ messageCount: 1, lastMessage: 'text of b' }])
  })

  test.skipIf(!isHere)('never stores the body of what was purged before it arrived', async () => {
    const late = aMessage('c', 'a')
    const { head } = await append([aPurge('c', [late.id])])
    expect(await append([late], head)).toMatchObject({ accepted: [late.id], added: 1 })
    expect(await shown(head)).toEqual([aStub(late)])
    const again = await append([late], head)
    expect(again).toMatchObject({ accepted: [late.id], added: 0 })
    expect((await list()).conversations).toEqual([])
  })

  test.skipIf(!isHere)('strips only in the conversation that the purge is for', async () => {
    const mine = aMessage('c', 'a')
    await append([mine, aPurge('d', [mine.id])])
    expect(await shown()).toContainEqual(mine)
  })

  test.skipIf(!isHere)('purges a whole conversation bottom up, in purges of at most 1,000 ids', async () => {
    const unknown = anId()
    const versions: Operation[] = []
    let overwrites = [unknown]
    for (let index = 0; index < 1_500; index++) {
      const version = aSet('c', 'title', `version ${index}`, { overwrites })
      versions.push(version)
      overwrites = [version.id]
    }
    await append(versions)
    expect(await purge('c')).toBe('purged')
    const { purges, operations } = await delta(CURSOR_ZERO, 5_000)
    const named = purges.map((row) => JSON.parse(row.links) as string[])
    expect(named.map((names) => names.length)).toEqual([1_000, 501])
    expect(named.flat()).toEqual([unknown, ...versions.map((version) => version.id)])
    expect(operations.every((row) => row.kind === 'stub')).toBe(true)
    expect(await read('c')).toBeUndefined()
    expect(await purge('c')).toBe('absent')
    expect(await purge('never-there')).toBe('absent')
    expect(await allRows()).toHaveLength(1_502)
  })

  test.skipIf(!isHere)(
    'compaction drops the values of what was overwritten in time, and keeps their stubs',
    async () => {
      const receivedAt = now
      const old = aMessage('c', 'a')
      const edit = aMessage('c', 'a', { overwrites: [old.id] })
      await append([old, edit])
      const later = aMessage('c', 'a', { overwrites: [edit.id] })
      await append([later])
      const before = [await read('c'), await list()]
      expect(await storage.compact({ receivedBefore: receivedAt })).toBe(1)
      expect(await shown()).toEqual([aStub(old), edit, later])
      expect([(await read('c'))?.messages, await list()]).toEqual([
        (before[0] as Awaited<ReturnType<typeof read>>)?.messages,
        before[1],
      ])
      expect(await storage.compact({ receivedBefore: receivedAt })).toBe(0)
      expect(await storage.compact({ receivedBefore: now })).toBe(1)
      expect(await shown()).toEqual([aStub(old), aStub(edit), later])
      const seen = await delta()
      expect(await append([old, edit], seen.cursor)).toMatchObject({ added: 2 })
    },
  )

  test.skipIf(!isHere)('tells when it received what has a conversation in the trash', async () => {
    const receivedAt = now
    await append([aMessage('c', 'a'), aSet('c', 'trashed', { heads: [] })])
    const told = (await shown()).map((one) => (one as { receivedAt?: number }).receivedAt)
    expect(told).toEqual([undefined, receivedAt])
  })

  test.skipIf(!isHere)('does not purge what the caller has not seen', async () => {
    await append([aMessage('c', 'a')])
    const seen = (await read('c'))?.etag
    await append([aMessage('c', 'b')])
    expect(await purge('c', seen)).toBe('mismatch')
    expect((await read('c'))?.messages).toHaveLength(2)
    expect(await purge('c', (await read('c'))?.etag)).toBe('purged')
  })

  test.skipIf(!isHere)(
    'keeps the sequence dense and the digest chain right under concurrent appends',
    async () => {
      await append([aMessage('c', 'first')])
      const requests = Array.from({ length: 20 }, (_, request) =>
        append(Array.from({ length: 5 }, (_, index) => aMessage(`c${request % 3}`, `m${request}-${index}`))),
      )
      await Promise.all(requests)
      const rows = await allRows()
      expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
      let digest = 0n
      for (const row of rows) {
        const body = `${row.kind} ${row.register} ${row.stamp} ${row.links} ${row.body}`
        const hash = createHash('sha256').update(`${row.id}\n${body}`).digest().readBigUInt64BE(0)
        digest = BigInt.asUintN(64, digest + hash)
        expect(row.digest).toBe(digest.toString(16).padStart(16, '0'))
      }
      expect(await storage.head(project)).toBe(
        `${(await storage.head(project)).split('.')[0]}.101.${rows[100]?.digest}`,
      )
      expect((await list()).conversations.map((each) => each.messageCount).sort((a, b) => a - b)).toEqual([
        1, 30, 35, 35,
      ])
    },
  )

  test.skipIf(!isHere)('makes one space when several devices write to a new project at once', async () => {
    const operations = Array.from({ length: 10 }, (_, index) => aMessage('c', `m${index}`))
    await Promise.all(operations.map((operation) => append([operation])))
    expect(await shown()).toHaveLength(10)
    expect(new Set((await allRows()).map((row) => row.space)).size).toBe(1)
    const spaces = await engine.read(({ db }) => rowsOf(db.selectFrom('spaces').select('id')))
    expect(spaces).toHaveLength(1)
  })

  test.skipIf(!isHere)('keeps projects and accounts apart, whatever they are called', async () => {
    await append([aMessage('c', 'a')])
    await append([aMessage('c', 'b')], CURSOR_ZERO, { account: 'ben', projectId: 'notes' })
    await append([aMessage('x', 'd')], CURSOR_ZERO, { account: 'anna', projectId: 'other' })
    expect((await read('c'))?.messages).toMatchObject([{ id: 'a' }])
    expect(await read('x', { account: 'ben' })).toBeUndefined()
    expect((await list()).conversations).toMatchObject([{ id: 'c', projectId: 'notes' }])
  })

  test.skipIf(!isHere)('asks for the project when an id stands in several', async () => {
    await append([aMessage('c', 'a')])
    await append([aMessage('c', 'b')], CURSOR_ZERO, { account: 'anna', projectId: 'other' })
    await expect(read('c')).rejects.toMatchObject({ code: 'input/invalid' })
    expect((await read('c', { projectId: 'other' }))?.messages).toMatchObject([{ id: 'b' }])
  })

  test.skipIf(!isHere)('lists newest first, in pages whose cursor stays that of the first', async () => {
    for (const id of ['a', 'b', 'd', 'e', 'f']) await append([aMessage(id, 'm')])
    const page = (before: string | undefined) =>
      storage.listConversations({ ...project, before, limit: 2, includesTrashed: false })
    const first = await page(undefined)
    await append([aMessage('a', 'n')])
    const second = await page(first.next ?? '')
    expect(first.conversations.map(({ id }) => id)).toEqual(['f', 'e'])
    expect(second).toMatchObject({
      conversations: [{ id: 'd' }, { id: 'b' }],
      cursor: first.cursor,
      next: null,
    })
    await expect(page('nonsense')).rejects.toMatchObject({ code: 'input/invalid' })
  })

  test.skipIf(!isHere)('hides what is in the trash until something unseen arrives', async () => {
    const seen = aMessage('c', 'a')
    await append([seen])
    await append([aSet('c', 'trashed', { heads: [seen.id] })])
    expect((await list()).conversations).toEqual([])
    const trash = await storage.listConversations({
      ...project,
      before: undefined,
      limit: 9,
      includesTrashed: true,
    })
    expect(trash.conversations).toMatchObject([{ id: 'c', trashed: true }])
    await append([aMessage('c', 'a', { overwrites: [seen.id] })])
    expect((await list()).conversations).toMatchObject([{ id: 'c', trashed: false }])
  })

  test.skipIf(!isHere)(
    'pages through a conversation from the newest message and misses nothing',
    async () => {
      const title = aSet('c', 'title', 'Name')
      const messages = Array.from({ length: 25 }, (_, index) => aMessage('c', `m${index}`))
      const edit = aMessage(
        'c',
        'm3',
        { overwrites: [messages[3]?.id ?? anId()] },
        messages[3]?.value as never,
      )
      const { head } = await append([title, ...messages, edit])
      const after = aMessage('c', 'later')
      await append([after])
      const ids: string[] = []
      const texts: string[] = []
      let before: string | undefined
      do {
        const page = await read('c', { before, limit: 10, cursor: head })
        ids.push(...(page?.operations ?? []).map((row) => row.id))
        texts.unshift(...(page?.messages ?? []).map((message) => message.id))
        before = page?.next ?? undefined
      } while (before !== undefined)
      expect([...ids].sort()).toEqual([title, ...messages, edit].map(({ id }) => id).sort())
      expect(texts).toEqual([...messages.map((_, index) => `m${index}`), 'later'])
    },
  )

  test.skipIf(!isHere)(
    'gives a conversation a new validator with every row and keeps the others’',
    async () => {
      await append([aMessage('c', 'a')])
      await append([aMessage('d', 'a')])
      const before = [(await read('c'))?.etag, (await read('d'))?.etag]
      await append([aSet('c', 'pinned', true)])
      const after = [(await read('c'))?.etag, (await read('d'))?.etag]
      expect(after[0]).not.toBe(before[0])
      expect(after[1]).toBe(before[1])
    },
  )

  test.skipIf(!isHere)('tells followers of a project about each write, its first one included', async () => {
    let told = 0
    let wake = () => {}
    const next = () => new Promise<void>((resolve) => (wake = resolve))
    const stop = await storage.subscribe(project, () => {
      told++
      wake()
    })
    const first = next()
    await append([aMessage('c', 'a')])
    await first
    const second = next()
    await append([aMessage('c', 'b')])
    await second
    stop()
    expect(told).toBeGreaterThanOrEqual(2)
  })

  test.skipIf(!isHere)('keeps unreadable messages and shows the others', async () => {
    const values = [
      null,
      7,
      'text',
      [],
      {},
      { parentId: null, born: 1 },
      { born: 1, parentId: null, message: { id: 1 } },
    ]
    const broken = values.map((value, index) => aSet('c', `message:b${index}`, value))
    const good = aMessage('c', 'good')
    await append([...broken, good])
    expect(await shown()).toEqual([...broken, good])
    expect((await read('c'))?.messages).toHaveLength(1)
    expect((await list()).conversations).toMatchObject([{ messageCount: 1 }])
  })
})

test.skipIf(postgres === undefined)('pokes reach the followers of another server process', async () => {
  const schema = `contract_${process.pid}_two`
  const url = postgres?.url ?? ''
  const one = createChatStorage(await openPostgresEngine({ url, schema }))
  const two = createChatStorage(await openPostgresEngine({ url, schema }))
  const project = { account: 'anna', projectId: 'p' }
  const poked = new Promise<void>(
    (resolve) =>
      void two
        .subscribe(project, resolve)
        .then(() =>
          one.append({ ...project, cursor: CURSOR_ZERO, operations: [aMessage('c', 'a')], now: 1 }),
        ),
  )
  await poked
  expect(await two.head(project)).toBe(await one.head(project))
  await Promise.all([one.close(), two.close()])
})

test.skipIf(postgres === undefined)(
  'two server processes on PostgreSQL share accounts and conversations',
  async () => {
    const options = {
      port: 0,
      databaseUrl: postgres?.url ?? '',
      schema: `contract_${process.pid}_servers`,
      secret: 'a secret that both of the processes know',
    }
    const [one, two] = await Promise.all([startServer(options), startServer(options)])
    const signedUp = await fetch(`${one.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'anna@example.com', password: 'correct horse', name: 'Anna' }),
    })
    expect(signedUp.status).toBe(200)
    const { user } = await signedUp.json()
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${signedUp.headers.get('set-auth-token')}`,
      'X-Chatkeep-Account': user.id,
    }
    const operation = aMessage('c', 'a')
    const body = JSON.stringify({ projectId: 'p', cursor: '0', conversations: byConversation([operation]) })
    const posted = await fetch(`${one.url}/api/v1/chat/conversations`, { method: 'POST', headers, body })
    expect(posted.status).toBe(200)
    const delta = await fetch(`${two.url}/api/v1/chat/conversations?projectId=p&cursor=0`, { headers })
    expect((await delta.json()).operations).toEqual([operation])
    await Promise.all([one.close(), two.close()])
  },
)

if (postgres === undefined)
  test.skip('the contract on PostgreSQL did not run: no PostgreSQL on this machine', () => {})
