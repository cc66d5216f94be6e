import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud } from '../builders/cloud.ts'
import { aMessage } from '../builders/engine.ts'

const refusal = () => new ChatkeepError('storage/aborted', 'refused for a moment', { retryable: true })

/** A browser whose storage refuses something in the middle of a removal, once. */
async function aBrowserThatRefuses(what: 'to remove' | 'to note that it removed') {
  let refusals = 0
  let isRemoved = false
  const memory = createMemoryStorage({
    onRequest({ kind, store }) {
      if (refusals === 0 || !isRemoved || kind !== 'put' || store !== 'settings') return
      refusals -= 1
      throw refusal()
    },
  })
  const storage: typeof memory = {
    ...memory,
    async remove(name) {
      if (refusals > 0 && what === 'to remove') {
        refusals -= 1
        throw refusal()
      }
      await memory.remove(name)
      isRemoved = true
    },
  }
  const browser = await aBrowser(await aCloud(), { storage })
  const refuseOnce = () => {
    refusals = 1
  }
  return { browser, storage, refuseOnce }
}

test('a sign-out that was to remove its chats and was cut off removes them when it is asked for again', async () => {
  const { browser, storage, refuseOnce } = await aBrowserThatRefuses('to remove')
  const { database } = await browser.signIn('anna')
  refuseOnce()
  await expect(browser.signOut({ remove: true })).rejects.toMatchObject({ code: 'storage/aborted' })
  await browser.signOut({ remove: true })
  expect(await storage.list()).not.toContain(database)
})

test('what a sign-out was to remove is removed by the next page, if its own is gone', async () => {
  const { browser, storage, refuseOnce } = await aBrowserThatRefuses('to remove')
  const { database } = await browser.signIn('anna')
  refuseOnce()
  await expect(browser.signOut({ remove: true })).rejects.toMatchObject({ code: 'storage/aborted' })
  await browser.session()
  expect(await storage.list()).not.toContain(database)

  const again = await browser.signIn('anna')
  expect(again).toMatchObject({ database, accountId: 'anna' })
  expect(await storage.list()).toContain(database)
})

// Found by the simulator (seed 60862): chats were on their way into the account, and waited for an answer that grew.
test('a move into an account does not make its database again when that it was removed could not be noted', async () => {
  const { browser, storage, refuseOnce } = await aBrowserThatRefuses('to note that it removed')
  const { database: first } = await browser.session()
  const service = await browser.service()
  const place = { projectId: 'p', conversationId: 'c' }
  await service.appendMessages({ ...place, mutationId: browser.mutation(), messages: [aMessage('asked')] })
  const message = { id: 'answer', role: 'assistant', parts: [{ type: 'text', text: 'half' }] }
  await service.checkpointDraft({ ...place, attemptId: 'attempt', owner: 'page', message })
  const { database } = await browser.signIn('anna')
  refuseOnce()
  await browser.signOut({ remove: true }).catch(() => {})
  browser.clock.advance(60_000)
  await browser.host.wake('focus')

  expect(await storage.list()).not.toContain(database)
  const kept = await (await browser.service(first)).getConversation({ conversationId: 'c' })
  expect(kept).toMatchObject({ id: 'c' })
})
