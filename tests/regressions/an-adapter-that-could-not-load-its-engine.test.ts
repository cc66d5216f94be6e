// An adapter whose engine could not be loaded stood on the last resort, which says `rpc/unreachable` once the engine is there. The adapter then
// "went over" to where it stood already, and asked again without end: the page hung.
import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { IndexedDBAdapter } from '../../src/index.ts'

const network = vi.hoisted(() => ({ isCut: true }))

vi.mock('../../src/client/page-engine.ts', async (load) => {
  const { createPageHost } = await load<typeof import('../../src/client/page-engine.ts')>()
  return {
    createPageHost: (...asked: Parameters<typeof createPageHost>) => {
      if (network.isCut) throw new ChatkeepError('storage/unavailable', 'The network is cut.')
      return createPageHost(...asked)
    },
  }
})

afterEach(() => vi.unstubAllGlobals())

test('an adapter without an engine saves on disk once the engine can be loaded', async () => {
  const adapter = new IndexedDBAdapter()
  await expect(adapter.rung()).resolves.toBe('memory')

  network.isCut = false
  await adapter.saveConversation('project1', [{ id: 'm1', role: 'user', conversationId: 'c1' }])
  expect(await adapter.loadConversation('project1')).toMatchObject([{ id: 'm1' }])
  expect(await adapter.rung()).toBe('page+indexeddb')
  await adapter.close()
})
