import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { StoreName } from '../../src/ports/records.ts'
import { damage, longMessages } from '../builders/damage.ts'
import { aMessage } from '../builders/engine.ts'
import { aDevice, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

const STORES = ['conversations', 'messages', 'packs', 'seen', 'outbox', 'sync_metadata', 'drafts'] as const
/** What a key or an index is made of stays: a record is found under it. */
const KEYS = new Set(
  'id conversationId born firstBorn firstId register sequence key messageId projectId shelf lastMessageAt createdAt'.split(
    ' ',
  ),
)

/** What waits for the cloud is in two places: one of them stays. */
const isOnePlace = (harmed: readonly { readonly store: StoreName }[]) => {
  const stores = new Set(harmed.map(({ store }) => store))
  return (
    !stores.has('outbox') ||
    !['conversations', 'messages', 'packs'].some((store) => stores.has(store as StoreName))
  )
}

const harms = fc
  .array(
    fc.record({
      store: fc.constantFrom(...STORES),
      record: fc.nat(1_000),
      field: fc.nat(1_000),
      value: fc.constantFrom<unknown>(7, 'x', [{}], true, null),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .filter(isOnePlace)

const NULLABLE = new Set(
  'titleFrom newest leafId firstId parentId backoff parked lastError lastSuccessAt'.split(' '),
)
const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value)

async function harm(
  { database }: Device,
  [one]: readonly [{ store: StoreName; record: number; field: number; value: unknown }],
): Promise<void> {
  const records = await database.read([one.store], (tx) => tx.scan(one.store))
  const record = records[one.record % Math.max(1, records.length)]
  if (record === undefined) return
  const fields = Object.keys(record).filter((name) => !KEYS.has(name))
  const field = fields[one.field % fields.length]
  const old: unknown = field === undefined ? undefined : (record as Record<string, unknown>)[field]
  // Something that may as well have been written there, nobody can tell from what was.
  const isOther = one.value === null ? !NULLABLE.has(field ?? '') : kindOf(old) !== kindOf(one.value)
  if (field !== undefined && isOther) await damage(database, one.store, record, { [field]: one.value })
}

/** What a list and a reader see, and every value that counts. */
async function view({ database, service, texts }: Device) {
  const { conversations } = await service.listConversations({ projectId: 'p', limit: 10 })
  const shown = conversations.map(({ revision: _, ...rest }) => rest)
  const values = await database.write('relaxed', async (unit) => {
    const known = [...(await unit.knownOperations('long')), ...(await unit.knownOperations('short'))]
    return known.flatMap((operation) => (operation.kind === 'set' ? [operation.id] : [])).sort()
  })
  return { shown, values, long: await texts('long'), short: await texts('short') }
}

test('whatever is damaged on a device, it goes on, sends what waits, and has everything again from the cloud', async () => {
  const cloud = await aRealCloud()
  await fc.assert(
    fc.asyncProperty(harms, fc.nat(1_000_000_000), async (harmed, run) => {
      const projectId = 'p'
      const account = `account-${run}-${JSON.stringify(harmed).length}`
      cloud.session.accountId = account
      const device = await aDevice({ network: cloud, accountId: account, seed: run + 1 })
      const act = (conversationId: string) => ({ mutationId: device.mutation(), conversationId })
      await device.service.appendMessages({ ...act('long'), projectId, messages: longMessages(130) })
      await device.say('short', 'one', 'two')
      await device.service.renameConversation({ ...act('short'), title: 'A name' })
      await device.service.setTag({ ...act('short'), tag: 't', present: true })
      await device.service.editMessage({ ...act('long'), message: aMessage('m7', 'reworded') })
      await device.engine.wake('visible')
      const other = await aDevice({ network: cloud, accountId: account, name: 'other', seed: run + 2 })
      await other.engine.wake('visible')
      await device.say('short', 'three')
      await device.say('long', 'more')
      for (const one of harmed) await harm(device, [one])
      await other.say('short', 'from elsewhere')
      await other.engine.wake('visible')

      for (let round = 0; round < 3; round++) {
        device.clock.advance(3_600_000)
        await device.engine.wake('visible')
        await device.service.loadMessages({ conversationId: 'long', limit: 0 }).catch(() => undefined)
      }
      for (const conversationId of ['long', 'short'])
        await device.service.setTag({ ...act(conversationId), tag: 'after', present: true })
      await device.engine.wake('visible')
      // Whatever nobody had looked at so far.
      await view(device)
      await device.engine.wake('visible')
      expect(await device.outbox()).toEqual([])
      for (let round = 0; round < 2; round++) await other.engine.wake('visible')
      expect(await view(device)).toEqual(await view(other))
      const { conversations } = await other.service.listConversations({ projectId: 'p' })
      expect(conversations.map(({ messageCount }) => messageCount).sort()).toEqual([131, 4])
    }),
    { numRuns: 40 },
  )
}, 120_000)
