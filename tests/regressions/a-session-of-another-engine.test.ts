// An answer to "who is signed in" that came from an engine which the page had left meanwhile was taken for the one it had gone over to: calls
// went to a database that is not there, or to an account that is not signed in. And a climb that began before somebody signed in ended as
// whoever had been there before.
import { expect, test } from 'vitest'
import { goUp } from '../../src/client/go-up.ts'
import { createClientPage } from '../unit/client/client-page.ts'
import { createFakeEngine, failure } from '../unit/client/fake-engine.ts'
import { settled } from '../unit/rpc/fake-clock.ts'

const ofAccount =
  (store: string) =>
  ({ accountId }: { accountId: string }) => ({
    database: `${store}:${accountId}`,
    accountId,
    adoptable: null,
  })

const NOBODY = { database: 'db', accountId: null, adoptable: null }

/** An answer that comes when a test says so, once it is held; `asked` tells that somebody waits for it. */
function aHeldAnswer<A, T>(answer: (argument: A) => T) {
  const asked = Promise.withResolvers<void>()
  const may = Promise.withResolvers<void>()
  let isHeld = false
  return {
    asked: asked.promise,
    give: () => may.resolve(),
    begin: () => {
      isHeld = true
    },
    async answer(argument: A): Promise<T> {
      const value = answer(argument)
      if (!isHeld) return value
      asked.resolve()
      await may.promise
      return value
    },
  }
}

/** A page on an engine of its own, to which its worker has come back. */
async function createPage(
  lesser: Parameters<typeof createFakeEngine>[1],
  better: Parameters<typeof createFakeEngine>[1] = {},
) {
  const below = createFakeEngine('page+indexeddb', { signedIn: ofAccount('below'), ...lesser })
  const above = createFakeEngine('worker+indexeddb', { signedIn: ofAccount('above'), ...better })
  let isBack = false
  const start = async () => {
    if (!isBack) throw failure('worker/unavailable')
    return above.engine
  }
  const page = await createClientPage({}, {}, () => [{ ...above.step, start }, below.step])
  expect(page.client.status.rung).toBe('page+indexeddb')
  isBack = true
  return { ...page, above }
}

test('a session that the lesser engine told of is not taken for one of the better', async () => {
  const held = aHeldAnswer(() => NOBODY)
  const { core, above, environment } = await createPage(
    { openSession: held.answer },
    { openSession: () => ({ ...NOBODY, database: 'above' }) },
  )
  held.begin()
  environment.events.publish({ type: 'accountChanged', database: 'db' })
  await held.asked
  await goUp(core)
  held.give()
  await settled()
  expect(core.connection.current()).toMatchObject({ engine: above.engine, session: { database: 'above' } })
})

test('who signs in while the page goes up is signed in above', async () => {
  const held = aHeldAnswer(ofAccount('below'))
  const { client, core, above } = await createPage({ signedIn: held.answer })
  held.begin()
  const signedIn = client.setAccount('ada')
  await held.asked
  await goUp(core)
  held.give()
  await signedIn
  expect(core.connection.current()).toMatchObject({
    engine: above.engine,
    session: { database: 'above:ada' },
  })
  expect(client.status.accountId).toBe('ada')
})

test('a page on which somebody signed in meanwhile does not go up as whoever was there before', async () => {
  const held = aHeldAnswer(() => NOBODY)
  const { client, core, above } = await createPage({}, { openSession: held.answer })
  held.begin()
  const climb = goUp(core)
  await held.asked
  await client.setAccount('ada')
  held.give()
  await expect(climb).rejects.toMatchObject({ code: 'account/closed' })
  expect(client.status).toMatchObject({ rung: 'page+indexeddb', accountId: 'ada' })
  expect(above.isClosed()).toBe(true)

  await goUp(core)
  expect(client.status).toMatchObject({ rung: 'worker+indexeddb', accountId: 'ada' })
})

test('a page whose person signed out on a store of its own does not go up as who was signed in above', async () => {
  const anna = { database: 'above:anna', accountId: 'anna', adoptable: null }
  const signedOut: unknown[] = []
  const below = createFakeEngine('memory', {
    signedIn: ofAccount('below'),
    signedOut: () => NOBODY,
    readOperations: () => ({ conversations: [], next: null }),
    removeEverything: () => undefined,
  })
  const above = createFakeEngine('worker+indexeddb', {
    openSession: () => anna,
    absorbOperations: () => ({ absorbed: 0 }),
    signedOut: (argument) => {
      signedOut.push(argument)
      return { ...NOBODY, database: 'above' }
    },
  })
  let isBack = false
  const start = async () => {
    if (!isBack) throw failure('worker/unavailable')
    return above.engine
  }
  const { client, core } = await createClientPage({}, {}, () => [{ ...above.step, start }, below.step])
  await client.setAccount('anna')
  await client.setAccount(null)
  isBack = true
  await goUp(core)
  expect(client.status).toMatchObject({ rung: 'worker+indexeddb', accountId: null })
  expect(signedOut).toHaveLength(1)
})
