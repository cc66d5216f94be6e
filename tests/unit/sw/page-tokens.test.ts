import { expect, test } from 'vitest'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import { createPageTokens } from '../../../sw/page-tokens.ts'
import { createFakeClock } from '../rpc/fake-clock.ts'
import { createFakeScope, type FakePage } from './fake-scope.ts'

const ORIGIN = 'https://app.example'
const CLOUD = 'https://cloud.example/api'

/** Pages that answer with a token, with null, or not at all (undefined). */
function createTokens(tokens: (string | null | undefined)[], origin = ORIGIN) {
  const clock = createFakeClock()
  const questions: any[] = []
  const pages = tokens.map(
    (token): FakePage => ({
      postMessage(question) {
        questions.push(question)
        const data = { channel: question.channel, id: question.id, token }
        if (token !== undefined) setImmediate(() => asker.receive({ data, origin } as ExtendableMessageEvent))
      },
    }),
  )
  const asker = createPageTokens(createFakeScope({ pages }).scope, clock, createBrowserRandom())
  return { asker, clock, questions }
}

test('the first token that a page gives is used', async () => {
  const { asker, questions, clock } = createTokens([null, 'secret', 'other'])
  expect(await asker.ask(CLOUD)).toBe('secret')
  expect(questions[0]).toMatchObject({ cloudUrl: CLOUD })
  expect(clock.pendingTimers()).toBe(0)
})

test('with no page, or when no page has one, the answer is null at once', async () => {
  expect(await createTokens([]).asker.ask(CLOUD)).toBeNull()
  expect(await createTokens([null, null]).asker.ask(CLOUD)).toBeNull()
})

test('pages that do not answer are waited for three seconds', async () => {
  const { asker, clock } = createTokens([undefined, null])
  let answer: unknown = 'waiting'
  void asker.ask(CLOUD).then((token) => (answer = token))
  await clock.advance(2_900)
  expect(answer).toBe('waiting')
  await clock.advance(200)
  expect(answer).toBeNull()
})

test('a token from another origin is not taken', async () => {
  const { asker, clock } = createTokens(['forged'], 'https://evil.example')
  const asked = asker.ask(CLOUD)
  await clock.advance(3_100)
  expect(await asked).toBeNull()
})

test('other messages are left to others', () => {
  const { asker } = createTokens([])
  for (const data of [null, 'text', {}, { channel: 'chatkeep/1' }]) {
    expect(asker.receive({ data, origin: ORIGIN } as ExtendableMessageEvent)).toBe(false)
  }
})
