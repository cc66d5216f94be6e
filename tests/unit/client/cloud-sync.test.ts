import { afterEach, expect, test } from 'vitest'
import { createCloudSync } from '../../../src/client/cloud-sync.ts'
import type { ConflictOutcome } from '../../../src/domain/conflict.ts'
import { aBrowser, aCloud, type Browser, type Cloud } from '../../builders/cloud.ts'
import { aMessage } from '../../builders/engine.ts'

let cloud: Cloud | undefined
afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

/** The service over a browser's engine, as the public client is. */
async function aService(browser: Browser) {
  const engine = await browser.service()
  return createCloudSync({
    projectId: 'default',
    getConversation: (conversationId) => engine.getConversation({ conversationId }),
    syncProject: (projectId = 'default', conversationId) =>
      engine.syncProject({ projectId, ...(conversationId === undefined ? {} : { conversationId }) }),
    async resolveConflicts(records) {
      const outcomes: ConflictOutcome[] = []
      for (const { conversationId, register, heads, covers, choice } of records) {
        const shown = heads[0]
        if (shown === undefined) continue
        const mutationId = browser.mutation()
        const command = { mutationId, conversationId, register, covers, choice: choice ?? { head: shown.id } }
        outcomes.push((await engine.resolveConflict(command)).outcome)
      }
      return outcomes
    },
  })
}

async function twoDevices() {
  cloud = await aCloud()
  const [desk, sofa] = [await aBrowser(cloud, { seed: 1 }), await aBrowser(cloud, { seed: 2 })]
  for (const device of [desk, sofa]) await device.signIn('anna')
  const services = await Promise.all([aService(desk), aService(sofa)])
  return { desk, sofa, onDesk: services[0], onSofa: services[1] }
}

async function say(device: Browser, conversationId: string, text: string, projectId = 'tides') {
  const mutationId = device.mutation()
  const command = {
    mutationId,
    projectId,
    conversationId,
    messages: [aMessage(`${conversationId}-${text}`, text)],
  }
  await (await device.service()).appendMessages(command)
}

const countOn = async (device: Browser, conversationId: string) =>
  (await (await device.service()).getConversation({ conversationId }))?.messageCount ?? 0

test('pushes what one device wrote and pulls it to another', async () => {
  const { desk, sofa, onDesk, onSofa } = await twoDevices()
  for (let index = 0; index < 250; index++) await say(desk, `c${index % 5}`, `message ${index}`)
  await onDesk.pushLocalChanges('tides')
  expect(await (await desk.service()).status({})).toMatchObject({ pendingCount: 0, state: 'idle' })
  await onSofa.pullRemoteChanges('tides')
  for (let index = 0; index < 5; index++) expect(await countOn(sofa, `c${index}`)).toBe(50)
})

test('syncs one project and leaves the others alone', async () => {
  const { desk, sofa, onDesk, onSofa } = await twoDevices()
  await say(desk, 'c', 'of tides')
  await say(desk, 'w', 'of work', 'work')
  await onDesk.pushLocalChanges('tides')
  expect(await (await desk.service()).status({})).toMatchObject({ pendingCount: 1 })
  await onDesk.syncConversation('w')
  expect(await (await desk.service()).status({})).toMatchObject({ pendingCount: 0 })
  await onSofa.pullRemoteChanges('work')
  expect([await countOn(sofa, 'c'), await countOn(sofa, 'w')]).toEqual([0, 1])
})

test('rejects while the cloud cannot be reached, and keeps what was saved', async () => {
  const { desk, onDesk } = await twoDevices()
  await say(desk, 'c', 'offline')
  cloud?.setReachable(false)
  await expect(onDesk.pushLocalChanges('tides')).rejects.toMatchObject({
    code: 'sync/offline',
    retryable: true,
  })
  await expect(onDesk.syncConversation('c')).rejects.toMatchObject({ code: 'sync/offline' })
  expect(await (await desk.service()).status({})).toMatchObject({ pendingCount: 1 })
  cloud?.setReachable(true)
  await onDesk.syncConversation('c')
  expect(await (await desk.service()).status({})).toMatchObject({ pendingCount: 0 })
})

test('rejects while nobody is signed in', async () => {
  cloud = await aCloud()
  const service = await aService(await aBrowser(cloud))
  await expect(service.pullRemoteChanges('tides')).rejects.toMatchObject({ code: 'sync/auth-required' })
})

test('settles conflicts, by default for the last one written', async () => {
  const { desk, sofa, onDesk, onSofa } = await twoDevices()
  await say(desk, 'c', 'hello')
  await onDesk.syncConversation('c')
  await onSofa.pullRemoteChanges('tides')
  const rename = async (device: Browser, title: string) =>
    (await device.service()).renameConversation({ mutationId: device.mutation(), conversationId: 'c', title })
  await rename(desk, 'of the desk')
  sofa.clock.advance(60_000)
  await rename(sofa, 'of the sofa')
  await onSofa.syncConversation('c')
  await onDesk.syncConversation('c')
  const { conflicts } = await (await desk.service()).conflicts({ conversationId: 'c' })
  expect(conflicts).toHaveLength(1)
  await onDesk.resolveConflicts([...conflicts])
  await onDesk.syncConversation('c')
  await onSofa.pullRemoteChanges('tides')
  for (const device of [desk, sofa]) {
    const engine = await device.service()
    expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({ title: 'of the sofa' })
    expect(await engine.conflicts({ conversationId: 'c' })).toMatchObject({ conflicts: [] })
  }
})
