import { expect, test } from 'vitest'
import type { OperationId } from '../../../../src/domain/ids.ts'
import type { Operation, PurgeOperation, SetOperation } from '../../../../src/domain/operation.ts'
import type { NetworkRequest } from '../../../../src/ports/network.ts'
import { aMessage } from '../../../builders/engine.ts'
import { aPair, textOf } from './a-device.ts'
import { createCloudDouble, problem } from './cloud-double.ts'

const operationsOf = (request: NetworkRequest | undefined): readonly Operation[] =>
  (
    JSON.parse(request?.body ?? '{"conversations":[]}') as { conversations: { operations: Operation[] }[] }
  ).conversations.flatMap(({ operations }) => operations)

async function edit(device: Awaited<ReturnType<typeof aPair>>['device'], id: string, text: string) {
  await device.service.editMessage({
    mutationId: device.mutation(),
    conversationId: 'c',
    message: aMessage(id, text),
  })
}

test('after a restore the server gets back what it lost, other devices’ messages included', async () => {
  const cloud = createCloudDouble()
  const first = await aPair(cloud, { name: 'first' })
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await first.device.say('c', 'one')
  await first.device.drain('save')
  cloud.backUp()
  await first.device.say('c', 'two', 'three')
  await first.device.drain('save')
  await second.device.drain('start')
  cloud.restore()
  await second.device.drain('visible')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three'])
  expect(await second.device.outbox()).toEqual([])
  expect(await second.device.space()).toMatchObject({ suspect: false })
  await first.device.drain('visible')
  expect(await first.device.space()).toMatchObject({
    cursor: (await second.device.space()).cursor,
    suspect: false,
  })
  expect(cloud.operations()).toHaveLength(3)
})

test('a POST to a restored server stores nothing, and what is new goes last', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two')
  await device.drain('save')
  cloud.wipe()
  await device.say('c', 'three')
  network.requests.length = 0
  await device.drain('save')
  expect(network.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET'])
  expect(network.requests[1]?.path).toContain('cursor=0&')
  expect(operationsOf(network.posts()[1]).flatMap(textOf)).toEqual(['one', 'two', 'three'])
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three'])
})

test('offers purges first, then stubs bottom up, then values, then what is new', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'doomed', 'v1', 'kept')
  await edit(device, 'device-c-v1', 'v2')
  await edit(device, 'device-c-v1', 'v3')
  await device.drain('save')
  const doomed = cloud.operations().find((operation) => textOf(operation).includes('doomed'))
  const purgeOf = (name: string, names: readonly OperationId[]): PurgeOperation => ({
    kind: 'purge',
    id: name.padEnd(22, 'x') as OperationId,
    conversationId: 'c',
    names,
  })
  cloud.write([purgeOf('known', doomed === undefined ? [] : [doomed.id])])
  await device.drain('visible')
  cloud.wipe()
  await device.say('c', 'new')
  const newPurge = purgeOf('fresh', ['a'.repeat(22) as OperationId])
  await device.database.write('strict', async ({ tx }) => {
    const row = {
      conversationId: 'c',
      projectId: 'p',
      mutationId: 'some' as never,
      state: 'waiting',
      createdAt: 0,
      bytes: 1,
    } as const
    await tx.put('outbox', { ...row, operations: [newPurge] })
  })
  network.requests.length = 0
  await device.drain('visible')
  const [refused, ...taken] = network.posts()
  expect(operationsOf(refused)).toHaveLength(2)
  const offered = taken.flatMap(operationsOf)
  expect(offered.map((operation) => [operation.kind, ...textOf(operation)].join(' '))).toEqual([
    'purge',
    'purge',
    'stub',
    'stub',
    'stub',
    'set kept',
    'set v3',
    'set new',
  ])
  const stubs = offered.filter((operation) => operation.kind === 'stub')
  const at = new Map(stubs.map((stub, index) => [stub.id, index]))
  for (const [index, stub] of stubs.entries()) {
    for (const below of stub.overwrites) expect(at.get(below) ?? -1).toBeLessThan(index)
  }
  expect(await device.outbox()).toEqual([])
})

test('nothing is posted while a pull from zero has not ended', async () => {
  const cloud = createCloudDouble({ pageLimit: 1 })
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two', 'three')
  await device.drain('save')
  await device.say('c', 'four')
  network.requests.length = 0
  network.next({ answer: problem(410, 'sync/gone') }, (_request, pass) => pass(), 'request-lost')
  await device.drain('save')
  expect(network.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  expect(await device.space()).toMatchObject({ suspect: true })
  network.requests.length = 0
  network.next('request-lost')
  await device.drain('online')
  expect(network.posts()).toEqual([])
  await device.drain('online')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three', 'four'])
  expect(
    network
      .posts()
      .map(operationsOf)
      .flatMap((operations) => operations.flatMap(textOf)),
  ).toEqual(['four'])
})

test('a process that dies in a pull from zero offers more than needed, and `held` takes it out again', async () => {
  const cloud = createCloudDouble({ pageLimit: 2 })
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two', 'three', 'four')
  await device.drain('save')
  network.next({ answer: problem(410, 'sync/gone') }, (_request, pass) => pass(), 'request-lost')
  await device.drain('visible')
  const again = await aPair(cloud, { storage: device.storage, clock: device.clock, seed: 2 })
  await again.device.drain('online')
  expect(operationsOf(again.network.posts()[0]).flatMap(textOf)).toEqual(['one', 'two'])
  expect(await again.device.outbox()).toEqual([])
  expect(cloud.operations()).toHaveLength(4)
})

test('a value that nobody overwrote is never offered as a stub', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'v1')
  await edit(device, 'device-c-v1', 'v2')
  await device.drain('save')
  cloud.wipe()
  await device.drain('visible')
  const [stub, value] = network.posts().slice(1).flatMap(operationsOf)
  expect(stub?.kind).toBe('stub')
  expect((value as SetOperation).overwrites).toEqual([stub?.id])
})

test('what is in quarantine is not offered behind its back', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'good')
  await device.drain('save')
  await device.say('c', 'huge')
  network.next({ answer: problem(413, 'sync/too-large') })
  await device.drain('save')
  cloud.wipe()
  await device.drain('visible')
  expect(cloud.operations().flatMap(textOf)).toEqual(['good'])
  expect(await device.sync.listQuarantined()).toHaveLength(1)
})

test('a server that refuses every cursor it gave is waited for', async () => {
  const { device, network } = await aPair({ request: async () => problem(410, 'sync/gone') })
  await device.say('c', 'one')
  await expect(device.drain('save')).resolves.toMatchObject({ settled: false })
  expect(network.requests.length).toBeLessThan(4)
  expect(await device.space()).toMatchObject({ backoff: { attempt: 1 }, lastError: { code: 'sync/gone' } })
  expect(await device.queued()).toHaveLength(1)
})

test('offering twice is offering once', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two')
  await device.drain('save')
  cloud.wipe()
  network.next({ answer: problem(410, 'sync/gone') }, (_request, pass) => pass(), 'request-lost')
  await device.drain('visible')
  expect((await device.queued()).flatMap(textOf)).toEqual(['one', 'two'])
  await device.changeSpace({ suspect: true, backoff: null })
  network.next((_request, pass) => pass(), 'request-lost')
  await device.drain('visible')
  expect((await device.queued()).flatMap(textOf)).toEqual(['one', 'two'])
  await device.drain('online')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
})
