import { afterEach, expect, test } from 'vitest'
import type { PostBody } from '../../src/domain/wire.ts'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { aMessage } from '../builders/engine.ts'
import { aDevice, aNetwork, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'
import { problem } from '../unit/engine/sync/cloud-double.ts'

afterEach(closeClouds)

const isChoice = ({ method, body }: NetworkRequest) =>
  method === 'POST' &&
  (JSON.parse(body ?? '') as PostBody).conversations.some(({ operations }) =>
    operations.some((operation) => 'overwrites' in operation && operation.overwrites.length > 1),
  )

/** Two devices with two versions of one message. Both versions were kept on the first, whose choice itself the cloud refuses. */
async function bothKeptElsewhere() {
  const cloud = await aRealCloud()
  const network = aNetwork({
    request: async (request) => (isChoice(request) ? problem(413, 'sync/too-large') : cloud.request(request)),
  })
  const first = await aDevice({ network, name: 'first', seed: 1 })
  const second = await aDevice({ network: aNetwork(cloud), name: 'second', seed: 2 })
  const asked = { projectId: 'p', conversationId: 'c', messages: [aMessage('m', 'as it was')] }
  await first.service.appendMessages({ ...asked, mutationId: first.mutation() })
  await meet(first, second)
  await edit(second, 'm', 'of the second')
  first.clock.advance(2_000)
  await edit(first, 'm', 'of the first')
  await meet(first, second)
  await keepBoth(first)
  await meet(first, second)
  const other = (await siblingsOf(second)).find((id) => id !== 'm')
  if (other === undefined) throw new Error('The other version came as a message of its own.')
  return { first, second, other }
}

async function meet(...devices: readonly Device[]): Promise<void> {
  for (const device of [...devices, ...devices]) await device.drain('online')
}

async function edit({ service, mutation, clock }: Device, id: string, text: string): Promise<void> {
  clock.advance(1_000)
  const { message } = aMessage(id, text)
  await service.editMessage({
    mutationId: mutation(),
    conversationId: 'c',
    messageId: id,
    message: { message },
  })
}

async function keepBoth({ service, mutation, clock }: Device): Promise<void> {
  clock.advance(1_000)
  const { conflicts } = await service.conflicts({ conversationId: 'c' })
  const [conflict, ...others] = conflicts
  expect(others).toEqual([])
  if (conflict === undefined) throw new Error('There is nothing to settle.')
  const { conversationId, register, covers } = conflict
  await service.resolveConflict({ mutationId: mutation(), conversationId, register, covers, choice: 'both' })
  expect((await service.conflicts({ conversationId: 'c' })).conflicts).toEqual([])
}

async function siblingsOf({ service }: Device): Promise<readonly string[]> {
  const { messages } = await service.loadMessages({ conversationId: 'c', leafId: 'm' })
  return messages[0]?.siblings ?? []
}

async function shown({ service }: Device, leafId: string) {
  const { messages } = await service.loadMessages({ conversationId: 'c', leafId })
  return messages.map(({ message, born }) => ({ text: (message.parts as { text: string }[])[0]?.text, born }))
}

// Found by the simulator (seed 71446): the branch was written anew, later than it was born and over whatever had become of it.
test('a branch that both versions were kept as stays where it is when both are kept once more', async () => {
  const { second, other } = await bothKeptElsewhere()
  const before = await shown(second, other)
  expect(before).toMatchObject([{ text: 'of the second' }])
  await keepBoth(second)
  expect(await siblingsOf(second)).toEqual(['m', other])
  expect(await shown(second, other)).toEqual(before)
  const written = await second.queued()
  expect(written.map((operation) => operation.kind === 'set' && operation.register)).not.toContain(
    `message:${other}`,
  )
})

test('a branch that both versions were kept as keeps what was edited in it when both are kept once more', async () => {
  const { second, other } = await bothKeptElsewhere()
  await edit(second, other, 'of the second, edited')
  await keepBoth(second)
  expect(await shown(second, other)).toMatchObject([{ text: 'of the second, edited' }])
})

test('a branch that both versions were kept as comes back to its place when both are kept once more after it was removed', async () => {
  const { second, other } = await bothKeptElsewhere()
  const before = await shown(second, other)
  await second.service.removeMessage({
    mutationId: second.mutation(),
    conversationId: 'c',
    messageId: other,
  })
  await keepBoth(second)
  expect(await siblingsOf(second)).toEqual(['m', other])
  expect(await shown(second, other)).toEqual(before)
})
