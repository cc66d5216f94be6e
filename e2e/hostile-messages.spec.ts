// Whatever is posted to the worker: it is refused with the right code or not heard at all, the worker lives on, and nothing that
// is stored changes.
import type { Page } from '@playwright/test'
import type { Cloud } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import { CHANNEL, everythingStored, letTalkRaw, type Reply } from './harness/raw-messages.ts'
import { servePage, serveSiteWith } from './harness/served-pages.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const DATABASE = 'leanspec-chat-v1'
const ID = 'hostile-1'
/** A call that would be answered. */
const HELLO = {
  id: ID,
  type: 'APPLY',
  path: ['hello'],
  argumentList: [{ type: 'RAW', value: { database: null, argument: {} } }],
}
const withArgument = (value: unknown) => ({ ...HELLO, argumentList: [{ type: 'RAW', value }] })

const FORBIDDEN: Readonly<Record<string, unknown>> = {
  'GET of a method': { id: ID, type: 'GET', path: ['hello'] },
  'GET of the whole table': { id: ID, type: 'GET', path: [] },
  'SET of a method': { ...HELLO, type: 'SET', path: ['hello'], value: { type: 'RAW', value: 'gone' } },
  'SET of a prototype': { ...HELLO, type: 'SET', path: ['__proto__', 'x'], value: { type: 'RAW', value: 1 } },
  CONSTRUCT: { ...HELLO, type: 'CONSTRUCT' },
  ENDPOINT: { id: ID, type: 'ENDPOINT' },
  RELEASE: { id: ID, type: 'RELEASE' },
  'no type': { ...HELLO, type: undefined },
  'a type in lower case': { ...HELLO, type: 'apply' },
  'a type that is a list': { ...HELLO, type: ['APPLY'] },
  'no path': { ...HELLO, path: undefined },
  'an empty path': { ...HELLO, path: [] },
  'a path of two': { ...HELLO, path: ['hello', 'call'] },
  'a path to a prototype': { ...HELLO, path: ['__proto__', 'polluted'] },
  'a path to a constructor': { ...HELLO, path: ['constructor', 'constructor'] },
  __proto__: { ...HELLO, path: ['__proto__'] },
  constructor: { ...HELLO, path: ['constructor'] },
  prototype: { ...HELLO, path: ['prototype'] },
  'a path that is a text': { ...HELLO, path: 'hello' },
  'a path of a number': { ...HELLO, path: [0] },
  'a path of a list': { ...HELLO, path: [['hello']] },
  'something like a list as the path': { ...HELLO, path: { 0: 'hello', length: 1 } },
  'no arguments': { ...HELLO, argumentList: undefined },
  'an empty list of arguments': { ...HELLO, argumentList: [] },
  'two arguments': { ...HELLO, argumentList: [...HELLO.argumentList, ...HELLO.argumentList] },
  'an argument through a handler': {
    ...HELLO,
    argumentList: [{ type: 'HANDLER', name: 'proxy', value: {} }],
  },
  'an argument through an unknown handler': {
    ...HELLO,
    argumentList: [{ type: 'HANDLER', name: 'x', value: 1 }],
  },
  'an argument that is null': withArgument(null),
  'an argument that is a text': withArgument('hello'),
  'no database': withArgument({ argument: {} }),
  'a database that is a number': withArgument({ database: 7, argument: {} }),
  'a database that is a list': withArgument({ database: [DATABASE], argument: {} }),
}

test('refuses everything but plain calls of a named method', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  for (const [name, message] of Object.entries(FORBIDDEN)) {
    expect([name, codesOf(await tell(page, { channel: CHANNEL, message }))]).toEqual([
      name,
      ['rpc/forbidden'],
    ])
  }
  await expectUnharmed()
})

test('does not know methods that it does not offer', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const methods = [
    'eval',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'then',
    'call',
    'close',
    '',
    ' ',
  ]
  for (const method of [...methods, 'x'.repeat(100_000), 'Hello', 'hello ', 'removeDatabase']) {
    const replies = await tell(page, { channel: CHANNEL, message: { ...HELLO, path: [method] } })
    expect([method.slice(0, 20), codesOf(replies)]).toEqual([method.slice(0, 20), ['rpc/unsupported']])
  }
  for (const major of ['chatkeep/2', 'chatkeep/99']) {
    const replies = await tell(page, { channel: major, message: HELLO })
    expect([major, codesOf(replies)]).toEqual([major, ['rpc/unsupported']])
    expect(replies[0]?.channel).toBe(major)
  }
  await expectUnharmed()
})

test('does not hear what is not said on its channel or has no usable id', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const unheard: readonly unknown[] = [
    ...[null, 7, 'hello', true, [], {}, { message: HELLO }, HELLO],
    ...[
      'chatkeep',
      'chatkeep/',
      'chatkeep/x',
      'chatkeep/1.0',
      ' chatkeep/1',
      'chatkeep/-1',
      'chatkeep/99999',
      'comlink',
    ].map((channel) => ({ channel, message: HELLO })),
    ...[1, null, ['chatkeep/1'], { toString: 'chatkeep/1' }].map((channel) => ({ channel, message: HELLO })),
    ...[undefined, null, 'hello', 7, [], {}].map((message) => ({ channel: CHANNEL, message })),
    ...[undefined, null, '', 7, {}, ['hostile-1'], 'x'.repeat(101)].map((id) => ({
      channel: CHANNEL,
      message: { ...HELLO, id },
    })),
    { channel: CHANNEL, running: ID },
    { channel: 'chatkeep-token/1' },
    { channel: 'chatkeep-token/1', id: 7, token: 'stolen' },
    { channel: 'chatkeep-token/1', id: 'nobody asked', token: 'stolen' },
    { type: 'SKIP_WAITING' },
  ]
  for (const data of unheard) {
    expect([JSON.stringify(data)?.slice(0, 80), await tell(page, data)]).toEqual([
      JSON.stringify(data)?.slice(0, 80),
      [],
    ])
  }
  await expectUnharmed()
})

test('takes ids that are names of an object’s own parts for ids', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  for (const id of ['__proto__', 'constructor', 'toString', '../..', '<script>', "' or 1=1 --"]) {
    const replies = await tell(page, { channel: CHANNEL, message: { ...HELLO, id } })
    expect(replies.map(({ message }) => message?.id)).toEqual([id])
    expect(replies[0]?.message?.value).toMatchObject({ ok: true })
  }
  await expectUnharmed()
})

test('runs a call once that is sent again and again under its id', async ({ cloud, device }) => {
  const { page, tab } = await openUnderAttack(cloud, device)
  const command = {
    mutationId: 'mutation-of-a-hostile-page',
    projectId: 'default',
    conversationId: 'repeated',
    messages: [{ message: { id: 'once', role: 'user', content: 'only once' } }],
  }
  const message = {
    ...withArgument({ database: DATABASE, argument: command }),
    id: 'the-same-call',
    path: ['appendMessages'],
  }
  await page.evaluate(
    async ([channel, message]) => {
      for (let time = 0; time < 50; time++) window.rawWorker.post({ channel, message })
      await window.rawWorker.call('hello', {})
    },
    [CHANNEL, message] as const,
  )
  await expect.poll(() => tab.texts('repeated')).toEqual(['only once'])
  const { revision } = (await tab.chats.getConversation('repeated')) ?? {}
  expect(revision).toBe(1)
})

test('takes no callbacks, and of ports only one, to which it answers and on which it obeys no other kind of message', async ({
  cloud,
  device,
}) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const heard = await page.evaluate(
    async ([channel, hello]) => {
      const codes: unknown[] = []
      const value = { database: null, argument: {} }
      for (const place of ['beside another', 'inside', 'as a handler'] as const) {
        const { port1, port2 } = new MessageChannel()
        const { port1: otherPort1, port2: otherPort2 } = new MessageChannel()
        const answers: Reply[] = []
        const answered = new Promise<void>((resolve) => {
          port1.onmessage = ({ data }) => {
            answers.push(data)
            resolve()
          }
        })
        otherPort1.onmessage = ({ data }) => answers.push(data)
        const argument = place === 'inside' ? { ...value, argument: { port: port2 } } : value
        const wire =
          place === 'as a handler'
            ? { type: 'HANDLER', name: 'proxy', value: port2 }
            : { type: 'RAW', value: argument }
        const ports = place === 'beside another' ? [port2, otherPort2] : [port2]
        const replies = await window.rawWorker.tell(
          { channel, message: { ...hello, argumentList: [wire] } },
          ports,
        )
        if (ports.length === 1) await answered
        port1.postMessage({ id: 'x', type: 'GET', path: [] })
        const codesOf = (heard: readonly Reply[]) => heard.map(({ message }) => message?.value?.error?.code)
        codes.push([codesOf(answers), codesOf(replies)])
      }
      await window.rawWorker.call('hello', {})
      return codes
    },
    [CHANNEL, HELLO] as const,
  )
  const byPort = [['rpc/forbidden'], []]
  expect(heard).toEqual([[[], ['rpc/forbidden']], byPort, byPort])
  await expectUnharmed()
})

test('takes only plain data for arguments', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const codes = await page.evaluate(
    async ([channel, database]) => {
      const cyclic: Record<string, unknown> = {}
      cyclic.itself = cyclic
      const values: Record<string, unknown> = {
        date: new Date(),
        map: new Map([['name', 'x']]),
        set: new Set(['x']),
        error: new Error('x'),
        expression: /x/g,
        bytes: new Uint8Array(8),
        buffer: new ArrayBuffer(8),
        blob: new Blob(['x']),
        file: new File(['x'], 'x'),
        boxed: Object('text'),
        cyclic,
      }
      const codes: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(values)) {
        const argument = { database, argument: { name: 'hostile', value } }
        const argumentList = [{ type: 'RAW', value: argument }]
        const message = { id: `plain-${name}`, type: 'APPLY', path: ['setSetting'], argumentList }
        const [reply] = await window.rawWorker.tell({ channel, message })
        codes[name] = reply?.message?.value?.error?.code
      }
      return codes
    },
    [CHANNEL, DATABASE] as const,
  )
  const { cyclic, ...others } = codes
  expect(new Set(Object.values(others))).toEqual(new Set(['rpc/forbidden']))
  expect(cyclic).toBe('input/too-large')
  await expectUnharmed()
})

test('refuses arguments of more than 32 MB, and answers the next call', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const codes = await page.evaluate(async (database) => {
    const sizes: Record<string, () => unknown> = {
      'one text': () => 'x'.repeat(33 * 1024 * 1024),
      'many numbers': () => new Array(4_500_000).fill(7),
      'many texts': () => Array.from({ length: 400 }, () => 'y'.repeat(100_000)),
      'one key': () => ({ ['k'.repeat(33 * 1024 * 1024)]: 1 }),
    }
    const codes: Record<string, unknown> = {}
    for (const [name, make] of Object.entries(sizes)) {
      const outcome = await window.rawWorker.call('setSetting', { name: 'huge', value: make() }, database)
      codes[name] = outcome.error?.code
    }
    return codes
  }, DATABASE)
  expect(new Set(Object.values(codes))).toEqual(new Set(['input/too-large']))
  await expectUnharmed()
})

const message = { id: 'm', role: 'user', content: 'x' }
const command = { mutationId: 'mutation-0001', projectId: 'default', conversationId: 'c' }
/** Method and argument: each would work but for one thing. */
const INVALID: readonly (readonly [string, unknown])[] = [
  ['listConversations', {}],
  ['listConversations', null],
  ['listConversations', 'default'],
  ['listConversations', { projectId: 7 }],
  ['listConversations', { projectId: '' }],
  ['listConversations', { projectId: 'a\u0000b' }],
  ['listConversations', { projectId: 'x'.repeat(201) }],
  ['listConversations', { projectId: 'default', limit: 0 }],
  ['listConversations', { projectId: 'default', limit: 1e9 }],
  ['listConversations', { projectId: 'default', shelves: ['secret'] }],
  ['listConversations', { projectId: 'default', everything: true }],
  ['getConversation', { conversationId: { toString: 'c' } }],
  ['getConversation', { conversationId: ['c'] }],
  ['loadMessages', { conversationId: 'c', limit: -1 }],
  ['loadMessages', { conversationId: 'c', limit: 1.5 }],
  ['loadMessages', { conversationId: 'c', before: { id: 'm', born: 2 ** 53 } }],
  ['appendMessages', { ...command, messages: [] }],
  ['appendMessages', { ...command, messages: 'x' }],
  ['appendMessages', { ...command, messages: [null] }],
  ['appendMessages', { ...command, messages: [{ message: { id: 'm' } }] }],
  ['appendMessages', { ...command, messages: [{ message: { ...message, id: '' } }] }],
  ['appendMessages', { ...command, messages: [{ message: { ...message, id: '\ud800' } }] }],
  ['appendMessages', { ...command, messages: [{ message, status: 'hacked' }] }],
  ['appendMessages', { ...command, messages: [{ message }], mutationId: 'short' }],
  ['appendMessages', { ...command, messages: [{ message }], mutationId: { $ne: null } }],
  ['appendMessages', { projectId: 'default', conversationId: 'c', messages: [{ message }] }],
  ['appendMessages', { ...command, messages: [{ message }], after: { id: 'm' } }],
  ['appendMessages', { ...command, messages: [{ message: { ...message, deep: nested(105) } }] }],
  ['editMessage', { ...command, message: { message } }],
  ['renameConversation', { mutationId: 'mutation-0001', conversationId: 'c', title: 'x'.repeat(1_001) }],
  ['setTag', { mutationId: 'mutation-0001', conversationId: 'c', tag: 'x', present: 'yes' }],
  ['setPinned', { mutationId: 'mutation-0001', conversationId: 'c', value: 1 }],
  ['setSetting', { name: 'x', value: nested(105) }],
  ['setSetting', { name: 'x', value: Number.NaN }],
  ['setSetting', { name: 'x', value: 10n }],
  ['setSetting', { value: 1 }],
  ['saveComposer', { projectId: 'default', conversationId: 'c', text: 'x'.repeat(1_000_001) }],
  ['wake', { reason: 'because' }],
  ['retryQuarantined', { sequence: '1' }],
  ['absorbOperations', { mutationId: 'mutation-0001', conversations: [{ conversationId: 'c' }] }],
  [
    'importConversations',
    { mutationId: 'mutation-0001', projectId: 'p', conversations: [{ id: 7, messages: [] }] },
  ],
]
/** The same for methods of the host, which belong to no database. */
const INVALID_FOR_HOST: readonly (readonly [string, unknown])[] = [
  ['openSession', {}],
  ['openSession', { baseName: '' }],
  ['openSession', { baseName: ['leanspec-chat-v1'] }],
  ['configureCloud', { baseName: DATABASE, cloud: {} }],
  ['configureCloud', { baseName: DATABASE, cloud: { url: 'not a url', credentials: 'cookies' } }],
  ['configureCloud', { baseName: DATABASE, cloud: { url: 'https://a.example', credentials: 'all' } }],
  ['signedIn', { baseName: DATABASE }],
  ['signedIn', { baseName: DATABASE, accountId: null }],
  ['signedIn', { baseName: DATABASE, accountId: 'x\n' }],
  ['removeEverything', {}],
  ['removeEverything', { baseName: DATABASE, only: {} }],
]

test('refuses arguments of wrong types, and writes nothing', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  for (const [database, calls] of [[DATABASE, INVALID] as const, [null, INVALID_FOR_HOST] as const]) {
    for (const [method, argument] of calls) {
      const { error } = await call(page, method, argument, database)
      const told = `${method} ${typeof argument}`
      expect([told, argument, error?.code]).toEqual([told, argument, 'input/invalid'])
    }
  }
  const polluting = '{"id":"m","role":"user","__proto__":{"polluted":true},"parts":[]}'
  const outcome = await page.evaluate(
    ([command, text, database]) => {
      const messages = [{ message: JSON.parse(text) }] // Made here: it would not survive the way from the test.
      return window.rawWorker.call('appendMessages', { ...command, messages }, database)
    },
    [command, polluting, DATABASE] as const,
  )
  expect(outcome.error?.code).toBe('input/invalid')
  const notFound = [
    ['editMessage', { mutationId: 'mutation-0001', conversationId: 'nowhere', message: { message } }],
    ['removeMessage', { mutationId: 'mutation-0001', conversationId: 'nowhere', messageId: 'm' }],
    ['selectLeaf', { mutationId: 'mutation-0001', conversationId: 'tides', messageId: 'nobody' }],
    ['renameConversation', { mutationId: 'mutation-0001', conversationId: '__proto__', title: 'x' }],
  ] as const
  for (const [method, argument] of notFound) {
    const { error } = await call(page, method, argument, DATABASE)
    expect([method, error?.code]).toEqual([method, 'input/not-found'])
  }
  await expectUnharmed()
})

test('opens no database that is not chatkeep’s, and makes none', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openUnderAttack(cloud, device)
  const argument = { name: 'hostile', value: 1 }
  const names = [
    'other-app',
    'nobody-made-this',
    `${DATABASE}:account-somebody`,
    `${DATABASE}:anonymous-7`,
    `${DATABASE}:registry`,
    `${DATABASE}:registry:registry`,
    '',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    'x'.repeat(10_000),
    '\u0000',
    '\ud800',
  ]
  for (const name of names) {
    for (const [method, value] of [['setSetting', argument] as const, ['status', {}] as const]) {
      const { ok, error } = await call(page, method, value, name)
      expect([name.slice(0, 40), method, ok]).toEqual([name.slice(0, 40), method, false])
      expect(error?.code).toMatch(/^(account|storage|input)\//)
    }
  }
  for (const method of ['openSession', 'signedOut', 'removeEverything']) {
    const { error } = await call(page, method, { baseName: DATABASE }, DATABASE)
    expect([method, error?.code]).toEqual([method, 'rpc/unsupported'])
  }
  await expectUnharmed()
})

test('is out of reach for a frame of another origin, whatever it posts to the page', async ({
  cloud,
  device,
}) => {
  serveSiteWith(cloud, {}) // The server's own policy would not let the frame in at all.
  const { tab, expectUnharmed } = await openUnderAttack(cloud, device)
  servePage(cloud, '/stranger.html', '<!doctype html>')
  const address = new URL('/stranger.html', cloud.url)
  address.hostname = 'localhost'
  await tab.page.evaluate((source) => {
    const frame = document.createElement('iframe')
    frame.src = source
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    return loaded
  }, address.href)
  const stranger = tab.page.frames().find((frame) => frame.url() === address.href)
  const reached = await stranger?.evaluate(
    async ([channel, hello]) => {
      const reached: string[] = []
      try {
        const { serviceWorker } = window.parent.navigator
        reached.push(String(serviceWorker.controller))
      } catch (error) {
        reached.push((error as Error).name)
      }
      const value = {
        database: 'leanspec-chat-v1',
        argument: { projectId: 'default', mutationId: 'mutation-0001' },
      }
      const clearing = { ...hello, path: ['clearProject'], argumentList: [{ type: 'RAW', value }] }
      for (const message of [hello, clearing]) {
        window.parent.postMessage({ channel, message }, '*')
        window.parent.postMessage(
          { channel, boot: 'x', message: { id: message.id, type: 'RAW', value: { ok: true } } },
          '*',
        )
        new BroadcastChannel('chatkeep:events').postMessage({
          type: 'accountChanged',
          database: 'leanspec-chat-v1',
        })
      }
      return reached
    },
    [CHANNEL, HELLO] as const,
  )
  expect(reached).toEqual(['SecurityError'])
  await expectUnharmed()
})

test('stands whatever is said on the channel of changes', async ({ cloud, device }) => {
  const { tab, expectUnharmed } = await openUnderAttack(cloud, device)
  const other = await device.openTab(cloud.url)
  await other.page.evaluate((database) => {
    const channel = new BroadcastChannel('chatkeep:events')
    const events: unknown[] = [
      ...[null, 7, 'text', [], {}, { type: 'conversationChanged' }, { database }],
      { type: 'conversationChanged', database },
      { type: 'conversationChanged', database, conversationId: { a: 1 }, projectId: 7, revision: 'x' },
      { type: '__proto__', database },
      { type: 'statusChanged', database },
      { type: 'accountChanged', database: 'of nobody' },
    ]
    for (const event of events) channel.postMessage(event)
  }, DATABASE)
  await other.chats.appendMessages('moon', [aMessage('a real change')])
  await expect
    .poll(() => tab.page.evaluate(() => JSON.stringify(window.chatkeepPage.changes)))
    .toContain('"conversationId":"moon"')
  expect(await tab.texts('moon')).toEqual(['a real change'])
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', accountId: null })
  await other.chats.deleteConversation('moon')
  await expectUnharmed({ butFor: /./ })
})

test('answers after a flood of hostile messages', async ({ cloud, device }) => {
  const { page, tab, expectUnharmed } = await openUnderAttack(cloud, device)
  await page.evaluate(
    ([channel, messages]) => {
      for (let round = 0; round < 100; round++) {
        for (const message of messages) window.rawWorker.post({ channel, message })
      }
    },
    [CHANNEL, Object.values(FORBIDDEN)] as const,
  )
  expect(await tab.texts('tides')).toEqual(['when is high water?'])
  await expectUnharmed()
})

/** A tab with a conversation, an app's own database beside it, and a page without a client that talks to the worker. */
async function openUnderAttack(cloud: Cloud, device: Device) {
  const tab = await device.openTab(cloud.url)
  await tab.chats.appendMessages('tides', [aMessage('when is high water?')])
  await tab.chats.syncNow()
  servePage(cloud, '/attack.html', '<!doctype html><link rel="icon" href="data:," />')
  const page = await device.context.newPage()
  await page.goto(`${cloud.url}/attack.html`)
  await letTalkRaw(page)
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('other-app', 1)
        request.onupgradeneeded = () =>
          request.result.createObjectStore('notes', { keyPath: 'id' }).put({ id: 1 })
        request.onsuccess = () => {
          request.result.close()
          resolve()
        }
      }),
  )
  const boot = await bootOf(page)
  const before = await everythingStored(page)
  /** The same worker answers, what is stored is the same, and the client works on. */
  const expectUnharmed = async ({ butFor }: { butFor?: RegExp } = {}) => {
    expect(await bootOf(page)).toBe(boot)
    if (butFor === undefined) expect(await everythingStored(page)).toEqual(before)
    expect(await tab.page.evaluate(() => Object.keys(Object.prototype))).toEqual([])
    expect(await tab.texts('tides')).toEqual(['when is high water?'])
    await tab.chats.appendMessages('tides', [aMessage('at noon', 'assistant')])
    expect(await tab.texts('tides')).toEqual(['when is high water?', 'at noon'])
    expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  }
  return { tab, page, expectUnharmed } satisfies { tab: Tab; page: Page; expectUnharmed: unknown }
}

const tell = (page: Page, data: unknown): Promise<readonly Reply[]> =>
  page.evaluate((data) => window.rawWorker.tell(data), data)

const call = (page: Page, method: string, argument: unknown, database: string | null) =>
  page.evaluate(([method, argument, database]) => window.rawWorker.call(method, argument, database), [
    method,
    argument,
    database,
  ] as const)

async function bootOf(page: Page): Promise<unknown> {
  const { value } = await call(page, 'hello', {}, null)
  return (value as { bootId: unknown }).bootId
}

const codesOf = (replies: readonly Reply[]) =>
  replies.map(({ message }) => message?.value?.error?.code ?? message?.value)

function nested(levels: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
