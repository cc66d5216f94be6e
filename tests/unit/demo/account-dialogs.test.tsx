// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AccountProvider } from '../../../demo/account/account.tsx'
import { AccountDialog } from '../../../demo/account/account-dialog.tsx'
import { SignOutDialog } from '../../../demo/account/sign-out-dialog.tsx'
import { en } from '../../../demo/strings/en.ts'
import { ChatkeepProvider } from '../../../src/react/index.ts'
import { createFakeClient } from '../react/fake-client.ts'

beforeEach(() => {
  const ada = { user: { id: 'ada', email: 'ada@example.com', name: 'Ada' } }
  vi.stubGlobal('fetch', async () => Response.json(ada))
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** A dialog that its parent opens and closes, and that stays mounted between. */
function show(Dialog: typeof AccountDialog) {
  const client = createFakeClient()
  const onClose = vi.fn()
  const within = (isOpen: boolean) => (
    <ChatkeepProvider client={client}>
      <AccountProvider>
        <Dialog isOpen={isOpen} onClose={onClose} />
      </AccountProvider>
    </ChatkeepProvider>
  )
  const { rerender } = render(within(true))
  return {
    onClose,
    async openAgain() {
      rerender(within(false))
      await waitFor(() => expect(screen.queryByRole('button')).toBeNull())
      rerender(within(true))
    },
  }
}

test('signing out removes nothing that was ticked and then cancelled', async () => {
  const dialog = show(SignOutDialog)
  const tick = () => screen.findByRole<HTMLInputElement>('checkbox')
  fireEvent.click(await tick())
  expect((await tick()).checked).toBe(true)
  await dialog.openAgain()
  expect((await tick()).checked).toBe(false)
})

test('after an account was deleted the next one is not offered its deletion', async () => {
  const dialog = show(AccountDialog)
  fireEvent.click(await screen.findByText(en.deleteAccount))
  const password = await screen.findByLabelText(en.password)
  fireEvent.change(password, { target: { value: 'correct horse' } })
  fireEvent.click(screen.getByText(en.deleteAccountNow))
  await waitFor(() => expect(dialog.onClose).toHaveBeenCalled())
  await dialog.openAgain()
  expect(await screen.findByText(en.exportAccount)).toBeDefined()
})
