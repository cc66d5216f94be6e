// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { ClientStatus } from '../../../src/client/api.ts'
import { ChatkeepProvider, chinese, SyncStatusBadge, syncLevel } from '../../../src/react/index.ts'
import { createFakeClient, SYNCED_STATUS } from './fake-client.ts'

afterEach(cleanup)

const withSync = (sync: Partial<ClientStatus['sync']>): ClientStatus => ({
  ...SYNCED_STATUS,
  sync: { ...SYNCED_STATUS.sync, ...sync },
})
const failure = (code: 'sync/offline' | 'sync/server-error' | 'storage/quota') => ({
  code,
  message: code,
  retryable: true,
  details: {},
  remedy: 'do this',
  at: 0,
})

test.each([
  ['loading', null],
  ['off', withSync({ state: 'off' })],
  ['synced', withSync({})],
  ['pending', withSync({ pendingCount: 2 })],
  ['syncing', withSync({ state: 'syncing' })],
  ['pending', withSync({ state: 'waiting-for-page', pendingCount: 1 })],
  ['pending', withSync({ state: 'waiting', pendingCount: 1 })],
  ['offline', withSync({ state: 'waiting', lastError: failure('sync/offline') })],
  ['attention', withSync({ state: 'waiting', lastError: failure('sync/server-error') })],
  ['signed-out', withSync({ state: 'signed-out' })],
  ['attention', withSync({ state: 'error', lastError: failure('storage/quota') })],
  ['attention', withSync({ quarantinedCount: 1 })],
] as const)('says %s', (level, status) => {
  expect(syncLevel(status)).toBe(level)
})

test('the badge follows the status, in the language of the provider', async () => {
  const client = createFakeClient()
  const view = render(
    <ChatkeepProvider client={client}>
      <SyncStatusBadge />
    </ChatkeepProvider>,
  )
  await act(async () => {})
  expect(screen.getByRole('status').textContent).toBe('Synced')
  act(() => client.setStatus(withSync({ pendingCount: 3 })))
  expect(screen.getByRole('status').textContent).toBe('3 to upload')
  expect(screen.getByRole('status').dataset.level).toBe('pending')
  view.rerender(
    <ChatkeepProvider client={client} strings={chinese}>
      <SyncStatusBadge />
    </ChatkeepProvider>,
  )
  expect(screen.getByRole('status').textContent).toBe('3 项待上传')
})
