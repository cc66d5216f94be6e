// @vitest-environment happy-dom
import { Toast } from '@base-ui/react/toast'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { TrashPane } from '../../../demo/sidebar/trash-pane.tsx'
import { en } from '../../../demo/strings/en.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { ChatkeepProvider } from '../../../src/react/index.ts'
import { createFakeClient } from '../react/fake-client.ts'

afterEach(cleanup)

function showTrash(client: ReturnType<typeof createFakeClient>) {
  render(
    <ChatkeepProvider client={client}>
      <Toast.Provider>
        <TrashPane projectId={client.projectId} onMenu={() => {}} />
      </Toast.Provider>
    </ChatkeepProvider>,
  )
}

test('a trash that cannot be read is not called empty, and can be read again', async () => {
  const client = createFakeClient()
  client.fail('list', new ChatkeepError('storage/connection-lost', 'lost'))
  showTrash(client)
  expect((await screen.findByRole('alert')).textContent).toContain(en.storageProblem)
  expect(screen.queryByText(en.trashEmpty)).toBeNull()
  client.fail('list', undefined)
  fireEvent.click(screen.getByText(en.retry))
  expect(await screen.findByText(en.trashEmpty)).toBeDefined()
})

test('after a row was restored the keyboard goes on from the top', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [{ id: 'm1', role: 'user', content: 'hello' }])
  await client.deleteConversation('c1')
  showTrash(client)
  fireEvent.click(await screen.findByText(en.restore))
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading')))
})
