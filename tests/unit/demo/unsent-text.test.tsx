// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { useUnsentText } from '../../../demo/chat/use-unsent-text.ts'
import { ChatkeepProvider } from '../../../src/react/index.ts'
import { createFakeClient } from '../react/fake-client.ts'

afterEach(cleanup)

function write(accountId: string | null) {
  const client = createFakeClient()
  client.setStatus({ accountId })
  const savedBy: (string | null)[] = []
  const { saveComposer } = client
  vi.spyOn(client, 'saveComposer').mockImplementation((...written) => {
    savedBy.push(client.status.accountId)
    return saveComposer(...written)
  })
  const { result, unmount } = renderHook(() => useUnsentText('c1'), {
    wrapper: ({ children }: { readonly children: ReactNode }) => (
      <ChatkeepProvider client={client}>{children}</ChatkeepProvider>
    ),
  })
  return {
    client,
    unmount,
    text: () => result.current[0],
    type: (text: string) => act(() => result.current[1](text)),
    become: (next: string | null) => act(() => client.setStatus({ accountId: next })),
    /** Who was signed in at each save. */
    savedBy,
  }
}

test('what one account has not sent is neither shown to the next nor kept with it', async () => {
  const { client, text, type, become, unmount, savedBy } = write('ada')
  await waitFor(() => expect(client.calls).toContain('loadComposer c1'))
  await type('for ada only')
  await become('bob')
  expect(text()).toBe('')
  unmount()
  expect(savedBy).not.toContain('bob')
})

test('an account that comes finds its own unsent text again', async () => {
  const { client, text, type, become } = write('ada')
  await waitFor(() => expect(client.calls).toContain('loadComposer c1'))
  await type('for ada only')
  await client.saveComposer('c1', 'kept by bob')
  await become('bob')
  await waitFor(() => expect(text()).toBe('kept by bob'))
})

test('what nobody’s session wrote stays on screen when its person signs in, and is kept', async () => {
  const { client, text, type, become, unmount, savedBy } = write(null)
  await waitFor(() => expect(client.calls).toContain('loadComposer c1'))
  await type('before signing in')
  await become('ada')
  expect(text()).toBe('before signing in')
  unmount()
  expect(savedBy).not.toEqual([])
})

test('what was written a moment before signing out is not kept with nobody', async () => {
  const { client, type, unmount, savedBy } = write('ada')
  await waitFor(() => expect(client.calls).toContain('loadComposer c1'))
  await type('for ada only')
  client.setStatus({ accountId: null })
  unmount()
  expect(savedBy).not.toContain(null)
})
