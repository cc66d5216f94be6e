// Found by e2e: a save resolved before the status was read again, and "Synced" stood there over something that waited.
import { expect, test } from 'vitest'
import { NO_SYNC } from '../../src/client/status.ts'
import { createClientPage } from '../unit/client/client-page.ts'

test('once something was saved nobody is told that all is synced', async () => {
  const idle = { ...NO_SYNC, state: 'idle' as const }
  const { client } = await createClientPage({ status: async () => idle, syncNow: async () => idle })
  await client.syncNow()
  expect(client.status.sync).toEqual(idle)
  await client.appendMessages('c1', [{ id: 'm1', role: 'user', content: 'hello' }])
  expect(client.status.sync.pendingCount).toBe(1)
})
