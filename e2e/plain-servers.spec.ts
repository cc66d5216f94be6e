// Servers that have only the requirement's four endpoints and know nothing of operations: with validators, and where who writes last
// wins. Another client writes to them, too.
import { aListedMessage } from '../tests/builders/plain-server.ts'
import type { Device } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import { type PlainCloud, startPlainCloud } from './harness/plain-cloud.ts'
import type { Tab } from './harness/tab.ts'
import { test as base, expect } from './harness/test.ts'

type Fixtures = { readonly startPlain: (hasEtags: boolean) => Promise<PlainCloud> }

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
  startPlain: async ({}, use) => {
    const clouds: PlainCloud[] = []
    await use(async (hasEtags) => {
      const cloud = await startPlainCloud({ hasEtags })
      clouds.push(cloud)
      return cloud
    })
    for (const cloud of clouds) await cloud.close()
  },
})

const PLAIN = { cloud: { url: '/api/v1/chat', dialect: 'plain' } } as const

async function openSignedIn(device: Device, cloud: PlainCloud): Promise<Tab> {
  const tab = await device.openTab(cloud.url, PLAIN)
  await tab.chats.setAccount('ada')
  return tab
}

for (const hasEtags of [true, false]) {
  const variant = hasEtags ? 'with ETag' : 'without any validator'

  test(`${variant}: what two profiles wrote offline is on both and on the server`, async ({
    startPlain,
    openDevice,
  }) => {
    const cloud = await startPlain(hasEtags)
    const [desk, sofa] = [await openDevice(), await openDevice()]
    const first = await openSignedIn(desk, cloud)
    const question = aMessage('when is high water?')
    await first.chats.appendMessages('tides', [question])
    await first.untilSynced()
    expect(cloud.texts('tides')).toEqual(['when is high water?'])
    const second = await openSignedIn(sofa, cloud)
    await expect.poll(() => second.texts('tides')).toEqual(['when is high water?'])

    for (const device of [desk, sofa]) await device.goOffline()
    await first.chats.appendMessages('tides', [aMessage('and at night?')])
    await second.chats.appendMessages('tides', [aMessage('and in winter?')])
    await first.chats.renameConversation('tides', 'High water')
    await second.chats.appendMessages('winds', [aMessage('a new one, offline')])
    expect(cloud.texts('tides')).toEqual(['when is high water?'])
    for (const device of [desk, sofa]) await device.goOnline()
    await first.untilSynced()
    await second.untilSynced()
    const all = ['and at night?', 'and in winter?', 'when is high water?']
    await expect
      .poll(async () => {
        // A plain server pokes nobody.
        for (const tab of [first, second]) await tab.chats.syncNow()
        return [...cloud.texts('tides')].sort()
      })
      .toEqual(all)
    for (const tab of [first, second]) {
      await expect
        .poll(() => tab.titles())
        .toEqual(expect.arrayContaining(['High water', 'a new one, offline']))
      const { conversations } = await tab.chats.listConversations()
      expect(conversations.map(({ id, messageCount }) => [id, messageCount])).toEqual(
        expect.arrayContaining([
          ['tides', 3],
          ['winds', 1],
        ]),
      )
      expect((await tab.status()).sync).toMatchObject({ pendingCount: 0, quarantinedCount: 0 })
    }
    const paths = new Set(
      cloud.asked.map((each) => each.replace(/\?.*/, '').replace(/\/(tides|winds)$/, '/{id}')),
    )
    expect([...paths].sort()).toEqual([
      'GET /conversations',
      'GET /conversations/{id}',
      'POST /conversations',
    ])
  })

  test(`${variant}: another client's messages come, and its old copy wipes out nothing of ours`, async ({
    startPlain,
    device,
  }) => {
    const cloud = await startPlain(hasEtags)
    const tab = await openSignedIn(device, cloud)
    await tab.chats.appendMessages('tides', [aMessage('when is high water?')])
    await tab.untilSynced()
    const before = cloud.document('tides')
    if (before === undefined) throw new Error('the server has no conversation')
    await tab.chats.appendMessages('tides', [aMessage('written here')])
    await tab.untilSynced()
    // It puts what it read before over the newer document, whatever the server would say of that.
    cloud.put({ ...before, messages: [...before.messages, aListedMessage('x', 'written elsewhere')] })
    expect(cloud.texts('tides')).not.toContain('written here')
    await tab.chats.syncNow()
    await expect
      .poll(() => [...cloud.texts('tides')].sort())
      .toEqual(['when is high water?', 'written elsewhere', 'written here'])
    const { conversations } = await tab.chats.listConversations()
    expect(conversations).toMatchObject([{ id: 'tides', messageCount: 3 }])
  })

  test(`${variant}: keeps what it has over a reload, and deletes for ever on the server, too`, async ({
    startPlain,
    device,
  }) => {
    const cloud = await startPlain(hasEtags)
    const tab = await openSignedIn(device, cloud)
    await tab.chats.appendMessages('tides', [aMessage('when is high water?')])
    await tab.untilSynced()
    await tab.reload()
    await tab.chats.appendMessages('tides', [aMessage('after the reload')])
    await tab.untilSynced()
    expect(cloud.texts('tides')).toEqual(['when is high water?', 'after the reload'])
    await tab.chats.deleteConversation('tides', { forever: true })
    await expect.poll(() => cloud.ids()).toEqual([])
    await expect.poll(async () => (await tab.status()).sync.pendingCount).toBe(0)
  })
}
