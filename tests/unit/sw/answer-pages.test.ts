import { expect, test } from 'vitest'
import { createLocalLocks } from '../../../src/browser/locks.ts'
import type { Host } from '../../../src/engine/host-ports.ts'
import type { WorkerKind } from '../../../src/rpc/worker-kind.ts'
import { answerPages } from '../../../sw/answer-pages.ts'
import { createFakeScope } from './fake-scope.ts'

function createWorker({ kind = 'storage' as WorkerKind, result = {} as unknown } = {}) {
  const { scope, dispatch } = createFakeScope()
  const answers: any[] = []
  let queued = 0
  answerPages(scope, {
    host: { call: async () => result } as unknown as Host,
    tokens: { ask: async () => null, receive: () => false },
    boot: 'boot-1',
    locks: createLocalLocks(),
    kind,
    onQueued: () => void queued++,
  })
  const source = { id: 'page', type: 'window', postMessage: (answer: unknown) => answers.push(answer) }
  const call = async (method: string) => {
    const argumentList = [{ type: 'RAW', value: { database: null, argument: {} } }]
    const message = { id: `call-${method}`, type: 'APPLY', path: [method], argumentList }
    await dispatch('message', {
      data: { channel: 'chatkeep/1', message },
      origin: scope.location.origin,
      source,
      ports: [],
    })
    return answers.at(-1)?.message.value
  }
  return { call, answers, queued: () => queued }
}

test.each(['app', 'storage', 'precache'] as const)('hello tells whose worker it is: %s', async (kind) => {
  const { call } = createWorker({ kind, result: { protocol: 1, bootId: 'b' } })
  expect(await call('hello')).toEqual({
    ok: true,
    value: { protocol: 1, bootId: 'b', kind },
  })
})

test('a command that left something for the cloud asks for a sync event; a read does not', async () => {
  const saving = createWorker({ result: { conversationId: 'c', queued: true } })
  await saving.call('appendMessages')
  expect(saving.queued()).toBe(1)
  const reading = createWorker({ result: { conversations: [] } })
  await reading.call('listConversations')
  expect(reading.queued()).toBe(0)
})

test('every method of the service is answered, and none but those', async () => {
  const { call } = createWorker({ result: 'ran' })
  for (const method of ['hello', 'openSession', 'loadMessages', 'importConversations', 'wake']) {
    expect(await call(method)).toMatchObject({ ok: true })
  }
  expect(await call('close')).toMatchObject({ ok: false, error: { code: 'rpc/unsupported' } })
})
