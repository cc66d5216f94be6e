// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Chat } from '../../../demo/chat/chat.ts'
import { MessageView } from '../../../demo/chat/message-view.tsx'
import { COMPOSER_ID } from '../../../demo/shortcuts.ts'
import { en } from '../../../demo/strings/en.ts'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** A question on screen above the box to write in. */
function showQuestion() {
  const editMessage = vi.fn(async () => {})
  const question = { id: 'q1', role: 'user', parts: [{ type: 'text', text: 'why?' }] } as const
  const chat = { status: 'ready', envelopesById: new Map(), editMessage } as Partial<Chat> as Chat
  render(
    <>
      <MessageView chat={chat} message={{ ...question, parts: [...question.parts] }} isLast />
      <textarea id={COMPOSER_ID} />
    </>,
  )
  fireEvent.click(screen.getByLabelText(en.edit))
  return { editMessage, box: screen.getByLabelText(en.editQuestion) }
}

test('who leaves an edit goes on at the button that began it', async () => {
  const { box } = showQuestion()
  expect(document.activeElement).toBe(box)
  fireEvent.keyDown(box, { key: 'Escape' })
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(en.edit)))
})

test('who asks an edited question goes on in the box to write in', async () => {
  const { box, editMessage } = showQuestion()
  fireEvent.change(box, { target: { value: 'why not?' } })
  fireEvent.click(screen.getByText(en.saveAndAsk))
  expect(editMessage).toHaveBeenCalledWith('q1', { text: 'why not?' })
  await waitFor(() => expect(document.activeElement?.id).toBe(COMPOSER_ID))
})
