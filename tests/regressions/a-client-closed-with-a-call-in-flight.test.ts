import { expect, test } from 'vitest'
import { createClientPage } from '../unit/client/client-page.ts'
import { failure } from '../unit/client/fake-engine.ts'

const message = { id: 'm1', role: 'user', content: 'hello' }

/** A call that is settled when a test says so, as the line to a worker does when it is closed. */
function aHeldCall() {
  let fail = () => {}
  const answer = new Promise<never>((_resolve, reject) => {
    fail = () => reject(failure('rpc/unreachable'))
  })
  return { appendMessages: () => answer, fail: () => fail() }
}

test('a call that was in flight when its client was closed fails, and no other engine is opened', async () => {
  const { fail, ...answers } = aHeldCall()
  const { client, inPage, events } = await createClientPage(answers)
  const saved = client.appendMessages('c1', [message])
  await client.close()
  fail()
  await expect(saved).rejects.toMatchObject({ code: 'rpc/unreachable' })
  expect(inPage.calls).toEqual([])
  expect(events).toEqual([])
})

test('an engine that is found when its client is closed already is closed, too, and used for nothing', async () => {
  const asked = Promise.withResolvers<void>()
  const found = Promise.withResolvers<void>()
  const page = await createClientPage({}, {}, (worker, inPage) => [
    worker,
    {
      ...inPage,
      start: async () => {
        asked.resolve()
        await found.promise
        return inPage.start()
      },
    },
  ])
  const { client, worker, inPage } = page
  worker.lose()
  const refused = expect(client.appendMessages('c1', [message])).rejects.toMatchObject({
    code: 'rpc/unreachable',
  })
  await asked.promise
  await client.close()
  found.resolve()
  await refused
  expect(inPage.callsOf('appendMessages')).toEqual([])
  expect(inPage.isClosed()).toBe(true)
  expect(client.status.rung).toBe('worker+indexeddb')
})
