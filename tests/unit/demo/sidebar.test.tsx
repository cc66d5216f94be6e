// @vitest-environment happy-dom
import { Toast } from '@base-ui/react/toast'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConversationList } from '../../../demo/sidebar/conversation-list.tsx'
import { ProjectSwitcher } from '../../../demo/sidebar/project-switcher.tsx'
import { en } from '../../../demo/strings/en.ts'
import { ChatkeepProvider, useConversations } from '../../../src/react/index.ts'
import { createFakeClient } from '../react/fake-client.ts'

beforeEach(() => {
  document.documentElement.lang = 'en'
})
afterEach(cleanup)

function show(client: ReturnType<typeof createFakeClient>, part: ReactNode) {
  return render(
    <ChatkeepProvider client={client}>
      <Toast.Provider>{part}</Toast.Provider>
    </ChatkeepProvider>,
  )
}

function Lists() {
  const list = useConversations()
  const archived = useConversations({ shelves: ['archived'] })
  return (
    <ConversationList
      list={list}
      archived={archived}
      conversationId={null}
      isFiltered={false}
      matches={() => true}
    />
  )
}

test('every archived chat can be reached, however many there are', async () => {
  const client = createFakeClient()
  for (let index = 0; index < 60; index++) {
    client.elsewhere.append(`c${index}`, [{ id: `m${index}`, role: 'user', content: 'hello' }])
    await client.archiveConversation(`c${index}`)
  }
  const { container } = show(client, <Lists />)
  await waitFor(() => expect(container.querySelectorAll('.archived li')).toHaveLength(50))
  fireEvent.click(screen.getByText(en.showMore))
  await waitFor(() => expect(container.querySelectorAll('.archived li')).toHaveLength(60))
  expect(screen.queryByText(en.showMore)).toBeNull()
})

test('a project whose name begins with a picture is marked by the whole of it', async () => {
  const { container } = show(createFakeClient(), <ProjectSwitcher projectId="📚 Books" />)
  expect(container.querySelector('.project-mark')?.textContent).toBe('📚')
})
