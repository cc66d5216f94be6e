import { expect, test } from 'vitest'
import { createClient } from '../../../src/client/client.ts'
import { createCore } from '../../../src/client/core.ts'
import { createDraftWriter } from '../../../src/client/draft-writer.ts'
import { land, type Step } from '../../../src/client/ladder.ts'
import { createFakePage } from './fake-page.ts'
import { createMemoryEngine } from './memory-engine.ts'

const NO_EXTRAS = { capabilities: {} as never, applyUpdate: async () => {} }

/** A page on the real engine; `kill` ends it as a closed tab does. */
async function createPage() {
  const { host, clock, call } = await createMemoryEngine()
  const { environment } = createFakePage()
  const step: Step = {
    rung: 'worker+indexeddb',
    start: async () => ({ rung: 'worker+indexeddb', caller: host, close: () => host.close() }),
  }
  const core = createCore({
    environment,
    baseName: 'db',
    projectId: 'docs',
    options: {},
    steps: [step],
    landing: await land([step], 'db', environment.clock),
    configure: async () => {},
  })
  core.createDraftWriter = createDraftWriter
  return { client: createClient(core, NO_EXTRAS), clock, call, kill: core.stop }
}

const question = { id: 'q1', role: 'user', content: 'why?' }
const answer = (id: string, content: string) => ({ id, role: 'assistant', content })

async function askedAndAnswered() {
  const page = await createPage()
  const { written } = await page.client.appendMessages('c1', [question, answer('a1', 'because')])
  const [place] = written
  if (place === undefined) throw new Error('nothing was written')
  return { ...page, after: { id: place.id, born: place.born } }
}

test('another answer grows beside the old one, and stands there when it is done', async () => {
  const { client, after } = await askedAndAnswered()
  const draft = client.startDraft('c1', { messageId: 'a2', after, fork: true })
  await draft.checkpoint(answer('a2', 'since'))
  expect((await client.loadMessages('c1')).messages.at(-1)).toMatchObject({ id: 'a2', status: 'streaming' })
  await draft.finish({ message: answer('a2', 'since it is so'), status: 'complete' })
  const { messages } = await client.loadMessages('c1')
  expect(messages.map(({ id }) => id)).toEqual(['q1', 'a2'])
  expect(messages.at(-1)).toMatchObject({ parentId: 'q1', siblings: ['a1', 'a2'], status: 'complete' })
})

test('a page that is killed in mid-regenerate keeps what arrived, and the old answer', async () => {
  const { client, clock, call, after, kill } = await askedAndAnswered()
  const draft = client.startDraft('c1', { messageId: 'a2', after, fork: true })
  await draft.checkpoint(answer('a2', 'since it'))
  kill()
  await clock.advance(20_000)
  await call('wake', { reason: 'start' })
  const { messages } = await client.loadMessages('c1')
  expect(messages.map(({ id }) => id)).toEqual(['q1', 'a2'])
  expect(messages.at(-1)).toMatchObject({
    message: answer('a2', 'since it'),
    status: 'interrupted',
    siblings: ['a1', 'a2'],
  })
})

test.each([
  ['after checkpoints', true],
  ['before any checkpoint', false],
])('an answer that goes on in its own message ends there, %s', async (_name, isCheckpointed) => {
  const { client, after } = await askedAndAnswered()
  const draft = client.startDraft('c1', { messageId: 'a1', after })
  if (isCheckpointed) await draft.checkpoint(answer('a1', 'because of'))
  await draft.finish({ message: answer('a1', 'because of rain'), status: 'complete' })
  const { messages } = await client.loadMessages('c1')
  expect(messages.map(({ message }) => message.content)).toEqual(['why?', 'because of rain'])
})
