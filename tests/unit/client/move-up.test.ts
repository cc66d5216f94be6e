import { expect, test } from 'vitest'
import { createLocalLocks } from '../../../src/browser/locks.ts'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import { moveUp, type Place } from '../../../src/client/move-up.ts'
import { createMemoryEngine } from './memory-engine.ts'

const message = (id: string) => ({ message: { id, role: 'user', content: `text of ${id}` } })

async function createTwoStores() {
  const [lesser, better] = [await createMemoryEngine(), await createMemoryEngine()]
  const place = ({ host, session }: typeof lesser): Place => ({
    caller: host,
    session: { database: session.database, accountId: null, adoptable: null },
  })
  const append = (engine: typeof lesser, conversationId: string, id: string) =>
    engine.call('appendMessages', {
      mutationId: `append-${id}` as never,
      projectId: 'docs',
      conversationId,
      messages: [message(id)],
    })
  const idsIn = async (engine: typeof lesser, conversationId: string) =>
    (await engine.call('loadMessages', { conversationId, limit: 0 })).messages.map(({ id }) => id)
  const run = (onCopied = () => {}, to = place(better), database = lesser.session.database) =>
    moveUp({ caller: lesser.host, session: { ...place(lesser).session, database } }, to, {
      baseName: 'db',
      locks: createLocalLocks(),
      random: createBrowserRandom(),
      onCopied,
    })
  return { lesser, better, place, append, idsIn, run }
}

test('everything that was written below is above afterwards, and gone below', async () => {
  const { lesser, better, append, idsIn, run } = await createTwoStores()
  for (let n = 0; n < 50; n++) await append(lesser, `c${n % 25}`, `m${n}`)
  await lesser.call('renameConversation', {
    mutationId: 'rename-1' as never,
    conversationId: 'c1',
    title: 'Named',
  })
  await lesser.call('trashConversation', { mutationId: 'trash-01' as never, conversationId: 'c2' })
  expect(await run()).toBe(true)
  expect(await idsIn(better, 'c3')).toEqual(['m3', 'm28'])
  expect(await better.call('getConversation', { conversationId: 'c1' })).toMatchObject({ title: 'Named' })
  expect(await better.call('getConversation', { conversationId: 'c2' })).toMatchObject({ trashed: true })
  expect(await lesser.storage.list()).toEqual([])
})

test('what is above already stays, and both branches of a conversation are kept', async () => {
  const { lesser, better, append, run } = await createTwoStores()
  await append(lesser, 'c1', 'below')
  await append(better, 'c1', 'above')
  expect(await run()).toBe(true)
  expect(await better.call('getConversation', { conversationId: 'c1' })).toMatchObject({ messageCount: 2 })
})

test('what is written below while it moves moves as well', async () => {
  const { lesser, better, append, idsIn, run } = await createTwoStores()
  await append(lesser, 'c1', 'm1')
  let late: Promise<unknown> | undefined
  const moved = await run(() => {
    late = append(lesser, 'c1', 'm2')
  })
  await late
  expect(moved).toBe(true)
  expect(await idsIn(better, 'c1')).toEqual(['m1', 'm2'])
})

test('the page goes over only when everything is above', async () => {
  const { lesser, better, append, idsIn, run } = await createTwoStores()
  await append(lesser, 'c1', 'm1')
  let seen: Promise<string[]> | undefined
  await run(() => {
    seen = idsIn(better, 'c1')
  })
  expect(await seen).toEqual(['m1'])
})

test("another account's conversations do not move", async () => {
  const { lesser, better, append, place, run } = await createTwoStores()
  await append(lesser, 'c1', 'm1')
  const to = { ...place(better), session: { ...place(better).session, accountId: 'somebody' } }
  expect(await run(() => {}, to)).toBe(false)
  expect(await better.call('getConversation', { conversationId: 'c1' })).toBeNull()
  expect(await lesser.call('getConversation', { conversationId: 'c1' })).not.toBeNull()
})

test('what another account wrote below stays there when nobody’s moves', async () => {
  const { lesser, idsIn, better, run } = await createTwoStores()
  const base = { baseName: 'db' }
  const host = (method: string, argument = {}) =>
    lesser.host.call({ database: null, method, argument: { ...base, ...argument } })
  const { database: ofAnn } = (await host('signedIn', { accountId: 'ann' })) as { database: string }
  const write = (database: string, id: string) => {
    const argument = {
      mutationId: `append-${id}`,
      projectId: 'docs',
      conversationId: 'c1',
      messages: [message(id)],
    }
    return lesser.host.call({ database, method: 'appendMessages', argument })
  }
  await write(ofAnn, 'of-ann')
  const { database: ofNobody } = (await host('signedOut')) as { database: string }
  await write(ofNobody, 'of-nobody')
  expect(await run(() => {}, undefined, ofNobody)).toBe(true)
  expect(await idsIn(better, 'c1')).toEqual(['of-nobody'])
  expect([...(await lesser.storage.list())].sort()).toEqual(['db:account-ann', 'db:registry'])
  expect(await host('signedIn', { accountId: 'ann' })).toMatchObject({ database: ofAnn })
  const argument = { conversationId: 'c1' }
  expect(await lesser.host.call({ database: ofAnn, method: 'getConversation', argument })).not.toBeNull()
  await host('removeEverything', { only: ofAnn })
  expect(await lesser.storage.list()).toEqual([])
})
