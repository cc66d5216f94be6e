// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { SyncSettings } from '../../../demo/settings/sync-settings.tsx'
import { TidySettings } from '../../../demo/settings/tidy-settings.tsx'
import { en } from '../../../demo/strings/en.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { ChatkeepProvider } from '../../../src/react/index.ts'
import { createFakeClient } from '../react/fake-client.ts'

afterEach(cleanup)

test.each([
  ['sync', SyncSettings],
  ['tidying', TidySettings],
] as const)('settings of %s that cannot be read say so', async (_name, Settings) => {
  const client = createFakeClient()
  client.setStatus({ accountId: 'ada' })
  const lost = async () => {
    throw new ChatkeepError('storage/connection-lost', 'lost')
  }
  vi.spyOn(client, 'syncSettings').mockImplementation(lost)
  vi.spyOn(client, 'getRetention').mockImplementation(lost)
  render(
    <ChatkeepProvider client={client}>
      <Settings />
    </ChatkeepProvider>,
  )
  expect((await screen.findByRole('alert')).textContent).toBe(en.storageProblem)
})
