import { expect, test } from 'vitest'
import type { ChatDriver } from '../../../src/react/chat/chat-driver.ts'
import { createChatSessions } from '../../../src/react/chat/sessions.ts'
import { createClientSource } from '../../../src/react/client-source.ts'
import { settled } from '../rpc/fake-clock.ts'
import { createFakeClient } from './fake-client.ts'

type Message = { readonly id: string; readonly role: string }

/** A chat that nobody answers. */
const silent: ChatDriver<Message> = () => {
  let messages: readonly Message[] = []
  const listeners = new Set<() => void>()
  return {
    get messages() {
      return messages
    },
    status: 'ready',
    error: undefined,
    answer: null,
    replaceMessages(next) {
      messages = next
      for (const listener of listeners) listener()
    },
    stop: async () => {},
    sendMessage: async () => {},
    regenerate: async () => {},
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function openSessions() {
  const client = createFakeClient()
  const source = createClientSource(client)
  const sessions = createChatSessions()
  return { client, open: () => sessions.open({ source, conversationId: 'c1', driver: silent }) }
}

test('a chat that nobody shows is let go', async () => {
  const { open } = openSessions()
  const session = open()
  session.retain()()
  await settled()
  expect(open()).not.toBe(session)
})

test('a chat that is shown again after it was let go is the one that others find', async () => {
  const { open } = openSessions()
  const session = open()
  session.retain()()
  await settled()
  const release = session.retain()
  expect(open()).toBe(session)
  release()
})

test('a chat that is shown before it is known whether it stays reads nothing, and is let go as any other', async () => {
  const { client, open } = openSessions()
  const session = open()
  const release = session.retain({ follow: false })
  await settled()
  expect(client.calls).toEqual([])
  expect(open()).toBe(session)
  release()
  await settled()
  expect(open()).not.toBe(session)
})
