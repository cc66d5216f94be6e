import { expect, test } from 'vitest'
import { createClient } from '../../../src/client/client.ts'
import { createCore } from '../../../src/client/core.ts'
import { land, type Step } from '../../../src/client/ladder.ts'
import { CAPABILITIES } from '../react/fake-client.ts'
import { createFakePage } from './fake-page.ts'
import { createMemoryEngine } from './memory-engine.ts'

async function aClient() {
  const { host } = await createMemoryEngine()
  const { environment } = createFakePage()
  const start = async () => ({ rung: 'worker+indexeddb', caller: host, close: () => host.close() }) as const
  const step: Step = { rung: 'worker+indexeddb', start }
  const core = createCore({
    environment,
    baseName: 'db',
    projectId: 'docs',
    options: {},
    steps: [step],
    landing: await land([step], 'db', environment.clock),
    configure: async () => {},
  })
  return createClient(core, { capabilities: CAPABILITIES, applyUpdate: async () => {} })
}

test('a refused call is named as the app called it', async () => {
  const client = await aClient()
  const calls = {
    loadMessages: () => client.loadMessages(''),
    addTag: () => client.addTag('c1', ''),
    removeTag: () => client.removeTag('c1', ''),
    archiveConversation: () => client.archiveConversation(''),
    pinConversation: () => client.pinConversation(''),
    deleteConversation: () => client.deleteConversation(''),
    resolveConflicts: () =>
      client.resolveConflicts([{ conversationId: '', register: 'title', heads: [], covers: [] }]),
    renameConversation: () => client.renameConversation('', 'A title'),
    setAccount: () => client.setAccount(''),
    startDraft: () => client.startDraft('', { messageId: 'a1' }).checkpoint({ id: 'a1', role: 'assistant' }),
  }
  for (const [method, call] of Object.entries(calls)) {
    const details = { method: expect.stringContaining(method) }
    await expect(call(), method).rejects.toMatchObject({ code: 'input/invalid', details })
  }
  await client.close()
})
