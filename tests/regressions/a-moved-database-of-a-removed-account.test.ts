import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud } from '../builders/cloud.ts'

// Found by the simulator (seed 201): a move into an account deleted the anonymous database and could not note that it had; then the account
// was removed from the browser. The move was given up as if its source were still there, and a later sign-out made that one again.
test('a database that was moved and deleted is not made again when its account is removed', async () => {
  let hasToFail = false
  const memory = createMemoryStorage({
    onRequest({ kind, store }) {
      if (!hasToFail || kind !== 'put' || store !== 'settings') return
      hasToFail = false
      throw new ChatkeepError('storage/aborted', 'refused for a moment', { retryable: true })
    },
  })
  const storage: typeof memory = {
    ...memory,
    async remove(name) {
      await memory.remove(name)
      if (name === first) hasToFail = true
    },
  }
  const browser = await aBrowser(await aCloud(), { storage })
  const { database: first } = await browser.session()
  const message = { id: 'm', role: 'user', parts: [] }
  const place = { projectId: 'p', conversationId: 'c', mutationId: browser.mutation() }
  await (await browser.service()).appendMessages({ ...place, messages: [{ message }] })
  await browser.signIn('anna')
  expect(await storage.list()).not.toContain(first)
  await browser.signOut({ remove: true })
  await browser.signIn('bert', false)
  const { database } = await browser.signOut()

  expect(database).not.toBe(first)
  expect(await storage.list()).not.toContain(first)
  const late = (await browser.service(first)).getConversation({ conversationId: 'c' })
  await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/^account\//) })
})
