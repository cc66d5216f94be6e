// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { Conflict } from '../../../src/domain/conflict.ts'
import type { OperationId } from '../../../src/domain/ids.ts'
import { ChatkeepProvider, useConflicts } from '../../../src/react/index.ts'
import { createFakeClient } from './fake-client.ts'

afterEach(cleanup)

const headOf = (title: string, isShown: boolean) => ({
  id: title.padStart(22, 'x') as OperationId,
  isShown,
  device: null,
  writtenAt: null,
  value: { kind: 'title', title } as const,
})
const heads = [headOf('Tides', true), headOf('Dover', false)]
const conflict: Conflict = {
  conversationId: 'c1',
  register: 'title',
  messageId: null,
  heads,
  covers: heads.map(({ id }) => id),
}

test('shows a conflict when it comes, and that it is settled', async () => {
  const client = createFakeClient()
  const { result } = renderHook(() => useConflicts('c1'), {
    wrapper: ({ children }) => <ChatkeepProvider client={client}>{children}</ChatkeepProvider>,
  })
  await waitFor(() => expect(result.current.isLoading).toBe(false))
  expect(result.current.conflicts).toEqual([])
  act(() => client.elsewhere.conflict(conflict))
  await waitFor(() => expect(result.current.conflicts).toEqual([conflict]))
  await act(async () => expect(await result.current.resolve(conflict, 'theirs')).toBe('resolved'))
  await waitFor(() => expect(result.current.conflicts).toEqual([]))
  expect(client.calls).toContain('resolve title')
})
