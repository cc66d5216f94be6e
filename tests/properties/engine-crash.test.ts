import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { MutationId } from '../../src/domain/ids.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import { foldTail } from '../../src/engine/fold.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aMessage, anEngine, type TestEngine } from '../builders/engine.ts'
import { operationId } from '../builders/operations.ts'

const ACTS = [
  'append',
  'fork',
  'stale append',
  'edit',
  'remove',
  'save list',
  'shorter list',
  'import',
  'trash',
  'restore',
  'rename',
  'select',
  'checkpoint',
  'finish',
  'recover',
  'pull edit',
  'pull place',
  'purge',
  'fold',
  'switch',
] as const
type Act = (typeof ACTS)[number]

const image = (size: number) => ({ type: 'file', url: `data:image/png;base64,${'B'.repeat(size)}` })

const aStep = fc.record({
  act: fc.constantFrom(...ACTS),
  pick: fc.nat(60),
  failAt: fc.option(fc.nat(40), { nil: null, freq: 3 }),
  lostAnswer: fc.nat(6).map((roll) => roll === 0),
  hasFile: fc.nat(8).map((roll) => roll === 0),
})
type Step = { act: Act; pick: number; failAt: number | null; lostAnswer: boolean; hasFile: boolean }

/** Two engines on one database whose requests fail now and then; whoever gets an error repeats the same command. */
async function aWorld() {
  const fault = { requests: Number.POSITIVE_INFINITY, isAnswerLost: false }
  const storage = createMemoryStorage({
    onRequest() {
      if (--fault.requests === 0) throw new ChatkeepError('storage/quota', 'full')
    },
    onCommitted() {
      if (!fault.isAnswerLost) return
      fault.isAnswerLost = false
      throw new ChatkeepError('storage/connection-lost', 'nobody knows', { retryable: true })
    },
  })
  const one = await anEngine({ storage })
  const engines = [one, await anEngine({ storage, clock: one.clock })] as const
  let engine: TestEngine = one
  let count = 0

  const call = async (method: string, argument: object, step: Step) => {
    const mutationId = `mutation-${String(++count).padStart(5, '0')}` as MutationId
    const whole = {
      ...(method === 'importConversations' ? {} : { conversationId: 'c' }),
      ...argument,
      mutationId,
    }
    fault.requests = step.failAt === null ? Number.POSITIVE_INFINITY : step.failAt + 1
    fault.isAnswerLost = step.lostAnswer
    const first = await engine.call(method, whole).catch((error: unknown) => error)
    fault.requests = Number.POSITIVE_INFINITY
    fault.isAnswerLost = false
    const again = await engine.call(method, whole)
    if (!(first instanceof Error)) expect(again).toEqual(first)
    return again
  }
  const known = () => engine.database.write('strict', (unit) => unit.knownOperations('c'))

  async function perform(step: Step): Promise<void> {
    const { act, pick, hasFile } = step
    one.clock.advance(pick % 3)
    const { messages, leaf } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
    const target = messages[pick % Math.max(1, messages.length)]
    const at = target === undefined ? null : { id: target.id, born: target.born }
    const id = `n${++count}`
    const role = pick % 2 === 0 ? 'user' : 'assistant'
    const made = hasFile
      ? { message: { id, role, parts: [image(70_000), { type: 'text', text: id }] } }
      : aMessage(id, `text of ${id}`, role)
    const shown = messages.map(({ message }) => ({ message }))
    const place = { projectId: 'p', conversationId: 'c' }
    const draft = { ...place, attemptId: `attempt-${pick % 2}`, owner: 'page' }
    const answer = { id: `answer-${pick % 3}`, role: 'assistant', parts: [{ type: 'text', text: id }] }
    switch (act) {
      case 'append':
        return void (await call('appendMessages', { ...place, messages: [made], after: leaf }, step))
      case 'stale append':
        return void (await call('appendMessages', { ...place, messages: [made], after: at }, step))
      case 'fork':
        return void (await call(
          'appendMessages',
          { ...place, messages: [made], after: at, fork: true },
          step,
        ))
      case 'save list':
        return void (await call('saveMessages', { ...place, messages: [...shown, made] }, step))
      case 'shorter list': {
        const list = [...shown.slice(0, pick % (shown.length + 1)), made]
        return void (await call('saveMessages', { ...place, messages: list }, step))
      }
      case 'import': {
        const last = new Map(shown.slice(-3).map((one) => [one.message.id, one]))
        const list = [...last.values(), made, aMessage(`${id}-more`)]
        const conversations = [{ id: 'c', messages: list }]
        return void (await call('importConversations', { projectId: 'p', conversations }, step))
      }
      case 'checkpoint':
        return void (await engine.checkpointDraft({ ...draft, message: answer, after: leaf }))
      case 'finish':
        return void (await call('finishDraft', { ...draft, message: { message: answer }, after: leaf }, step))
      case 'recover':
        one.clock.advance(16_000)
        return void (await engine.wake('focus'))
      case 'switch':
        engine = engines[engine === engines[0] ? 1 : 0]
        return
      default:
    }
    if (target === undefined || target.status === 'streaming') return // What grows is no message yet.
    const changed = { message: { ...made.message, id: target.message.id } }
    const apply = (
      operation: Parameters<
        Parameters<Parameters<typeof engine.database.write>[1]>[0]['applyOperations']
      >[1][number],
    ) => engine.database.write('strict', (unit) => unit.applyOperations('p', [operation]))
    const ofTarget = async () =>
      (await known()).filter((one) => one.kind !== 'purge' && one.register === `message:${target.id}`)
    switch (act) {
      case 'edit':
        return void (await call('editMessage', { messageId: target.id, message: changed }, step))
      case 'remove':
        return void (await call('removeMessage', { messageId: target.id }, step))
      case 'select':
        return void (await call('selectLeaf', { messageId: target.id }, step))
      case 'trash':
        return void (await call('trashConversation', {}, step))
      case 'restore':
        return void (await call('restoreConversation', {}, step))
      case 'rename':
        return void (await call('renameConversation', { title: pick % 3 === 0 ? '' : id }, step))
      case 'fold':
        await engine.database.command('relaxed', (unit) => foldTail(unit, 'c'))
        return
      case 'purge': {
        const names = (await ofTarget()).map((one) => one.id)
        return apply({ kind: 'purge', id: operationId(count, 'p'), conversationId: 'c', names })
      }
      default: {
        const old = (await ofTarget()).find((one): one is SetOperation => one.kind === 'set')
        if (old === undefined) return
        const earlier = messages[pick % 2]
        const moved = act === 'pull place' && earlier !== undefined ? earlier : target
        const value = {
          ...(old.value as object),
          ...changed,
          born: moved.born,
          parentId: moved.parentId,
        }
        return apply({
          ...old,
          id: operationId(count, 'v'),
          stamp: old.stamp + (pick % 3),
          overwrites: [],
          value,
        })
      }
    }
  }

  async function view(reader: TestEngine) {
    const record = await reader.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
    const {
      revision: _revision,
      pristine: _pristine,
      packedCount: _packed,
      tailCount: _tail,
      ...derived
    } = record ?? { revision: 0, pristine: undefined }
    const { messages } = await reader.loadMessages({ conversationId: 'c', limit: 0 })
    return { derived, messages }
  }

  return { perform, view, known, storage, engines }
}

/** What nobody may lose: every operation that was queued, once. */
async function expectQueueWithoutDoubles(reader: TestEngine) {
  const rows = await reader.database.read(['outbox'], (tx) => tx.scan('outbox'))
  const bodies = new Map<string, string>()
  for (const { operations } of rows) {
    for (const operation of operations) {
      expect(bodies.has(operation.id)).toBe(false)
      bodies.set(operation.id, JSON.stringify(operation))
      if (operation.kind === 'set') expect(operation.overwrites).not.toContain(operation.id)
    }
  }
}

test('whatever fails, dies or is repeated: the record is what the operations say, for each engine and after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 4, maxLength: 22 }), async (steps) => {
      const world = await aWorld()
      for (const step of steps) await world.perform(step)
      const restarted = await anEngine({ storage: world.storage, clock: world.engines[0].clock })
      restarted.clock.advance(20_000)
      await restarted.wake('focus') // No answer grows any more: it is on this device only.
      const whole = await world.view(restarted)
      for (const engine of world.engines) expect(await world.view(engine)).toEqual(whole)
      await expectQueueWithoutDoubles(restarted)
      const anew = await anEngine({ seed: 7 })
      const known = await restarted.database.write('strict', (unit) => unit.knownOperations('c'))
      if (known.length === 0) return
      await anew.database.write('strict', (unit) => unit.applyOperations('p', known))
      const derived = await world.view(anew)
      const times = (one: typeof whole) =>
        'firstId' in one.derived && one.derived.firstId === null
          ? { ...one, derived: { ...one.derived, createdAt: 0, lastMessageAt: 0 } }
          : one
      expect(times(derived)).toEqual(times(whole))
    }),
    { numRuns: 60 },
  )
})
