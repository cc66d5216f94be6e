import { expect, test } from 'vitest'
import type { NetworkRequest } from '../../../../src/ports/network.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aMessage } from '../../../builders/engine.ts'
import { aNetwork, aPair, type Device } from './a-device.ts'
import { createCloudDouble } from './cloud-double.ts'

async function sayIn(device: Device, projectId: string, text: string) {
  const messages = [aMessage(`${projectId}-${text}`, text)]
  const command = { mutationId: device.mutation(), projectId, conversationId: projectId, messages }
  await device.service.appendMessages(command)
}
const projectsIn = (requests: readonly NetworkRequest[]) =>
  new Set(
    requests.map(({ path, body }) =>
      body === undefined
        ? new URLSearchParams(path.split('?')[1]).get('projectId')
        : (JSON.parse(body) as { projectId: string }).projectId,
    ),
  )

test('sends and asks nothing while sync is switched off, and sends everything when it is on again', async () => {
  const { network, device } = await aPair(createCloudDouble())
  await sayIn(device, 'p', 'synced')
  await device.drain()
  await device.service.changeSyncSettings({ enabled: false })
  network.requests.splice(0)
  network.directoryRequests.splice(0)
  for (const text of ['one', 'two', 'three']) await sayIn(device, 'p', text)
  for (const reason of ['save', 'timer', 'online', 'visible', 'sync', 'poke', 'start'] as const) {
    expect(await device.drain(reason)).toEqual({ dueAt: null, settled: true })
  }
  await device.service.syncNow({})
  expect([...network.requests, ...network.directoryRequests]).toEqual([])
  expect(await device.service.status({})).toMatchObject({
    state: 'off',
    pendingCount: 3,
    switchedOff: { everything: true, projects: [] },
  })
  await expect(device.service.syncProject({ projectId: 'p' })).rejects.toMatchObject({ code: 'sync/off' })

  await device.service.changeSyncSettings({ enabled: true })
  await device.drain('focus')
  expect(await device.outbox()).toEqual([])
  const status = await device.service.status({})
  expect(status).toMatchObject({ state: 'idle', pendingCount: 0 })
  expect(status.switchedOff).toBeUndefined()
})

test('keeps one project on this device while the others sync', async () => {
  const { network, device } = await aPair(createCloudDouble())
  await device.service.changeSyncSettings({ project: { projectId: 'private', enabled: false } })
  await sayIn(device, 'private', 'a diary')
  await sayIn(device, 'work', 'a plan')
  expect(await device.drain('save')).toEqual({ dueAt: null, settled: true })
  await device.drain('online')
  expect(projectsIn(network.requests)).toEqual(new Set(['work']))
  expect(await device.service.status({})).toMatchObject({
    pendingCount: 1,
    switchedOff: { everything: false, projects: ['private'] },
  })
  await device.service.changeSyncSettings({ project: { projectId: 'private', enabled: true } })
  await device.drain('focus')
  expect(projectsIn(network.requests)).toEqual(new Set(['work', 'private']))
  expect(await device.outbox()).toEqual([])
})

test('stays switched off after a restart', async () => {
  const storage = createMemoryStorage()
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud, { storage })
  await device.service.changeSyncSettings({ enabled: false, intervalMs: 60_000 })
  await device.service.changeSyncSettings({ project: { projectId: 'private', enabled: false } })
  await device.engine.close()
  const { network, device: restarted } = await aPair(cloud, { storage, seed: 2 })
  await sayIn(restarted, 'p', 'after the restart')
  await restarted.drain('start')
  expect(network.requests).toEqual([])
  expect(await restarted.service.syncSettings({})).toEqual({
    enabled: false,
    disabledProjects: ['private'],
    intervalMs: 60_000,
  })
})

test('asks the cloud at the interval that was chosen', async () => {
  const { network, device } = await aPair(createCloudDouble())
  await sayIn(device, 'p', 'hello')
  expect(await device.drain('start')).toEqual({ dueAt: null, settled: true })
  await device.service.changeSyncSettings({ intervalMs: 60_000 })
  const { dueAt } = await device.drain('timer')
  expect(dueAt).toBe(device.clock.now() + 60_000)
  device.clock.set(dueAt ?? 0)
  network.requests.splice(0)
  expect(await device.drain('timer')).toEqual({ dueAt: device.clock.now() + 60_000, settled: true })
  expect(network.requests.map(({ method }) => method)).toEqual(['GET'])
})

test('refuses an interval that would only burn batteries', async () => {
  const { device } = await aPair(createCloudDouble())
  await expect(device.service.changeSyncSettings({ intervalMs: 1_000 })).rejects.toMatchObject({
    code: 'input/invalid',
  })
})

test('pulls for a poke only the project that it is about, also one that is new here', async () => {
  const cloud = createCloudDouble()
  const { network, device } = await aPair(cloud)
  for (const projectId of ['p', 'q', 'r']) await sayIn(device, projectId, 'hello')
  await device.drain('start')
  network.requests.splice(0)
  await device.service.wake({ reason: 'poke', projectId: 'q' })
  expect(projectsIn(network.requests)).toEqual(new Set(['q']))
  network.requests.splice(0)
  await device.service.wake({ reason: 'poke', projectId: 'new' })
  expect(projectsIn(network.requests)).toEqual(new Set(['new']))
  network.requests.splice(0)
  await device.service.wake({ reason: 'project', projectId: 'r' })
  await device.service.wake({ reason: 'project', projectId: 'never heard of' })
  expect(projectsIn(network.requests)).toEqual(new Set(['r']))
})

test('pulls everything when something else wakes the queue during the pull for a poke', async () => {
  const cloud = createCloudDouble()
  const { network, device } = await aPair(cloud)
  for (const projectId of ['p', 'q']) await sayIn(device, projectId, 'hello')
  await device.drain('start')
  network.requests.splice(0)
  let online: Promise<unknown> | undefined
  network.next((_request, pass) => {
    online = device.drain('visible')
    return pass()
  })
  await device.service.wake({ reason: 'poke', projectId: 'q' })
  await online
  expect(projectsIn(network.requests)).toEqual(new Set(['p', 'q']))
})

test('leaves the wait of one project in force while another is synced by name', async () => {
  const { network, device } = await aPair(aNetwork(createCloudDouble()))
  for (const projectId of ['p', 'q']) await sayIn(device, projectId, 'hello')
  network.next('request-lost', 'request-lost')
  await device.drain('start')
  network.requests.splice(0)
  expect(await device.service.syncProject({ projectId: 'q' })).toEqual({
    isComplete: true,
    error: null,
    pendingCount: 0,
  })
  expect(projectsIn(network.requests)).toEqual(new Set(['q']))
})
