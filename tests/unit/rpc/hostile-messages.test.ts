import { expect, test } from 'vitest'
import { settled } from './fake-clock.ts'
import { createPageAndWorker, ORIGIN } from './fake-worker.ts'

type TestLine = {
  postMessage(answer: never): void
  close(): void
  onmessage: ((event: { data: unknown; ports: unknown[] }) => void) | null
}

const CHANNEL = 'chatkeep/1'
const raw = (value: unknown) => ({ type: 'RAW', value })
const apply = (path: unknown, argumentList: unknown = [raw({ database: 'db', argument: {} })]) => ({
  id: 'hostile',
  type: 'APPLY',
  path,
  argumentList,
})

/** Sends a message past the page endpoint; answers what came back, and whether any method ran. */
async function attack(message: unknown, overrides: Record<string, unknown> = {}, channel = CHANNEL) {
  let runs = 0
  const answers: any[] = []
  const setup = createPageAndWorker(async () => {
    runs += 1
    return 'ran'
  })
  setup.hear((answer) => answers.push(answer))
  setup.send({ channel, message }, overrides)
  await settled()
  return { runs, code: answers[0]?.message.value.error?.code, answers }
}

test.each([
  ['GET', { id: 'x', type: 'GET', path: ['echo'] }],
  ['GET of the whole table', { id: 'x', type: 'GET', path: [] }],
  ['SET', { id: 'x', type: 'SET', path: ['echo'], value: raw(1) }],
  ['SET of the prototype', { id: 'x', type: 'SET', path: ['__proto__'], value: raw({}) }],
  ['CONSTRUCT', { id: 'x', type: 'CONSTRUCT', path: ['echo'], argumentList: [] }],
  ['ENDPOINT', { id: 'x', type: 'ENDPOINT' }],
  ['RELEASE', { id: 'x', type: 'RELEASE' }],
  ['an unknown type', { id: 'x', type: 'EVAL', path: ['echo'], argumentList: [] }],
  ['__proto__', apply(['__proto__'])],
  ['constructor', apply(['constructor'])],
  ['a path below a method', apply(['echo', 'call'])],
  ['a path over the prototype', apply(['__proto__', 'polluted'])],
  ['a path that is no list', apply('echo')],
  ['a path of objects', apply([{ toString: 'echo' }])],
  ['no argument', apply(['echo'], [])],
  ['two arguments', apply(['echo'], [raw({ database: 'db' }), raw({})])],
  ['a proxy as argument', apply(['echo'], [{ type: 'HANDLER', name: 'proxy', value: {} }])],
  ['an unknown transfer handler', apply(['echo'], [{ type: 'HANDLER', name: 'nobody', value: {} }])],
  ['an argument that is no object', apply(['echo'], [raw('db')])],
  ['a database that is no name', apply(['echo'], [raw({ database: 7, argument: {} })])],
  ['a map in the argument', apply(['echo'], [raw({ database: 'db', argument: new Map() })])],
  ['binary data in the argument', apply(['echo'], [raw({ database: 'db', argument: new Uint8Array(8) })])],
])('%s is refused as rpc/forbidden and runs nothing', async (_name, message) => {
  expect(await attack(message)).toMatchObject({ runs: 0, code: 'rpc/forbidden' })
})

test('more than the one port for the answer is refused', async () => {
  expect(await attack(apply(['echo']), { ports: [{}, {}] })).toMatchObject({ runs: 0, code: 'rpc/forbidden' })
})

test('what comes over a line is checked as what comes as an event', async () => {
  let runs = 0
  const { send } = createPageAndWorker(async () => ({ run: ++runs }))
  const answers: { message: { id: string; value: { ok: boolean; error?: { code: string } } } }[] = []
  const line: TestLine = {
    postMessage: (answer) => void answers.push(answer),
    close: () => {},
    onmessage: null,
  }
  const over = async (message: object, ports: unknown[] = []) => {
    line.onmessage?.({ data: { channel: 'chatkeep/1', message }, ports })
    await settled()
    return answers.at(-1)?.message.value
  }
  send({ channel: 'chatkeep/1', message: apply(['echo']) }, { ports: [line] })
  await settled()
  expect(answers).toMatchObject([{ message: { value: { ok: true, value: { run: 1 } } } }])
  expect(await over({ ...apply(['echo']), id: 'line-1' })).toMatchObject({ ok: true })
  expect(await over({ ...apply(['removed']), id: 'line-2' })).toMatchObject({
    error: { code: 'rpc/unsupported' },
  })
  expect(await over({ ...apply(['__proto__']), id: 'line-3' })).toMatchObject({
    error: { code: 'rpc/forbidden' },
  })
  expect(await over({ ...apply(['echo']), id: 'line-4' }, [line])).toMatchObject({
    error: { code: 'rpc/forbidden' },
  })
  line.onmessage?.({ data: { channel: 'elsewhere', message: apply(['echo']) }, ports: [] })
  line.onmessage?.({ data: 'noise', ports: [] })
  await settled()
  expect(runs).toBe(2)
})

test.each(['toString', 'valueOf', 'hasOwnProperty', 'removed'])(
  'the unknown method %s is rpc/unsupported',
  async (name) => {
    expect(await attack(apply([name]))).toMatchObject({ runs: 0, code: 'rpc/unsupported' })
  },
)

test('an argument beyond 32 MB is refused, also when it is large by sharing or by a cycle', async () => {
  const shared = { text: 'x'.repeat(1024 * 1024) }
  const cycle: unknown[] = []
  cycle.push(cycle, cycle)
  for (const argument of [Array(40).fill(shared), cycle]) {
    expect(await attack(apply(['echo'], [raw({ database: 'db', argument })]))).toMatchObject({
      runs: 0,
      code: 'input/too-large',
    })
  }
})

test.each([
  ['another origin', { origin: 'https://evil.example' }],
  ['an empty origin', { origin: '' }],
  ['no source', { source: null }],
  ['another worker', { source: { id: 'w', type: 'worker', postMessage: () => {} } }],
  ['a port as source', { source: { postMessage: () => {} } }],
])('%s gets no answer and runs nothing', async (_name, overrides) => {
  expect(await attack(apply(['echo']), { origin: ORIGIN, ...overrides })).toEqual({
    runs: 0,
    code: undefined,
    answers: [],
  })
})

test.each(['chatkeep', 'chatkeep/', 'chatkeep/x', 'comlink', 'chatkeep/1/2'])(
  "the channel %s is somebody else's",
  async (channel) => {
    expect(await attack(apply(['echo']), {}, channel)).toEqual({ runs: 0, code: undefined, answers: [] })
  },
)

test.each([null, 'text', 7, [], { channel: CHANNEL }, { channel: CHANNEL, message: 'text' }])(
  'the message %j is ignored',
  async (data) => {
    const setup = createPageAndWorker()
    const answers: unknown[] = []
    setup.hear((answer) => answers.push(answer))
    setup.send(data)
    await settled()
    expect(answers).toEqual([])
  },
)

test.each(['', 'x'.repeat(101), 7, undefined])('a call with the id %j is ignored', async (id) => {
  expect(await attack({ ...apply(['echo']), id })).toMatchObject({ runs: 0, answers: [] })
})

test('an inherited property of the wire value reaches nothing', async () => {
  const polluted = JSON.parse('{"database":"db","argument":{"__proto__":{"polluted":true}}}')
  await attack(apply(['echo'], [raw(polluted)]))
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('a page of the protocol before this one is answered, on its own channel', async () => {
  const { runs, answers } = await attack(apply(['echo']), {}, 'chatkeep/0')
  expect(runs).toBe(1)
  expect(answers[0]).toMatchObject({ channel: 'chatkeep/0', message: { value: { ok: true, value: 'ran' } } })
})

test('a page of a later protocol hears which one this worker speaks', async () => {
  const { runs, answers } = await attack(apply(['echo']), {}, 'chatkeep/7')
  expect(runs).toBe(0)
  expect(answers[0].message.value.error).toMatchObject({ code: 'rpc/unsupported', details: { protocol: 1 } })
})

test('two pages that use the same call id get their own answers', async () => {
  const heard: Record<string, unknown[]> = { a: [], b: [] }
  const setup = createPageAndWorker(async ({ argument }) => argument)
  for (const id of ['a', 'b']) {
    const source = { id, type: 'window', postMessage: (answer: unknown) => heard[id]?.push(answer) }
    setup.send(
      { channel: CHANNEL, message: apply(['echo'], [raw({ database: 'db', argument: { id } })]) },
      { source },
    )
  }
  await settled()
  expect(heard.a).toMatchObject([{ message: { id: 'hostile', value: { value: { id: 'a' } } } }])
  expect(heard.b).toMatchObject([{ message: { id: 'hostile', value: { value: { id: 'b' } } } }])
})
