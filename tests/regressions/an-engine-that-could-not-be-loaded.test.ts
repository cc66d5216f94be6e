// Found by chaos (seeds 6 and 7): a page that could neither reach its worker nor load the engine saved into memory once the engine could be
// loaded, though IndexedDB was there; what it had acknowledged went with the page. And while the engine could not be loaded it could not go back
// to its worker either.
import { expect, test } from 'vitest'
import { withAccountOf } from '../../src/client/carry-over.ts'
import type { Step } from '../../src/client/ladder.ts'
import { createRetryingCaller } from '../../src/client/retrying-caller.ts'
import { createClientPage } from '../unit/client/client-page.ts'
import { createFakeEngine, failure } from '../unit/client/fake-engine.ts'

const message = { id: 'm1', role: 'user', content: 'hello' }

/** A page whose engine comes over a network that a test cuts. */
async function createPage() {
  let isCut = true
  const load = async () => {
    if (isCut) throw failure('storage/unavailable')
  }
  const memory = createFakeEngine('memory')
  const loaded = ({ rung, start }: Step): Step => ({ rung, start: () => load().then(start) })
  const last: Step = {
    rung: 'memory',
    start: async () => ({
      rung: 'memory',
      caller: createRetryingCaller(load),
      isProvisional: true,
      close: async () => {},
    }),
  }
  const page = await createClientPage({}, {}, (worker, inPage) => [
    worker,
    loaded(inPage),
    loaded(memory.step),
    last,
  ])
  return {
    ...page,
    memory,
    plugIn() {
      isCut = false
    },
  }
}

test('a page without worker and engine refuses to save, and saves on disk once the engine can be loaded', async () => {
  const { client, worker, inPage, memory, plugIn } = await createPage()
  worker.lose()
  await expect(client.appendMessages('c1', [message])).rejects.toMatchObject({ code: 'storage/unavailable' })
  expect(client.status.rung).toBe('memory')
  await expect(client.appendMessages('c1', [message])).rejects.toMatchObject({ code: 'storage/unavailable' })

  plugIn()
  const saves = [1, 2, 3].map((n) => client.appendMessages('c1', [{ ...message, id: `m${n}` }]))
  await Promise.all(saves)
  expect(inPage.callsOf('appendMessages')).toHaveLength(3)
  expect(inPage.callsOf('openSession')).toHaveLength(1)
  expect(memory.calls).toEqual([])
  expect(client.status).toMatchObject({ rung: 'page+indexeddb' })
})

test('a page without an engine goes back to its worker, as whoever is signed in there', async () => {
  const { client, core, worker } = await createPage()
  worker.lose()
  await client.getSetting('any').catch(() => {})
  const lesser = core.connection.current()
  expect(lesser.engine.isProvisional).toBe(true)

  worker.returnAgain()
  const better = await core.landOn(core.steps.slice(0, 1))
  const ofAda = { ...better, session: { ...better.session, accountId: 'ada' } }
  expect(await withAccountOf(lesser, ofAda, 'db')).toBe(ofAda)
})
