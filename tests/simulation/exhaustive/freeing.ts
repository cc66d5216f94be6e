import type { PackRecord } from '../../../src/ports/records/pack.ts'
import { place, shared, text } from './before.ts'
import type { Play, Scenario } from './play.ts'

const HOUR_MS = 60 * 60_000

/** Values that leave a device and come back, and records that were damaged. */
export const FREEING_SCENARIOS: readonly Scenario[] = [
  {
    name: 'free values and fetch them again',
    before: resting,
    async act(play) {
      await play.until(play.tab.call('freeSpace', {}))
      for (const conversationId of ['c', 'd']) await fetch(play, conversationId)
    },
  },
  {
    name: 'free values that another device writes over',
    async before(play) {
      await resting(play)
      play.setOnline(play.other, false)
      const edit = { ...place(play.other), messageId: 'a', message: text('a', 'reworded') }
      await play.until(play.other.call('editMessage', edit))
      await play.say(play.other, 'c', 'late')
      play.other.browser.isOnline = true
    },
    async act(play) {
      await play.until(play.tab.call('freeSpace', {}))
      await play.sync(play.other, play.tab)
      await play.until(play.tab.call('renameConversation', { ...place(play.tab), title: 'renamed' }))
      await fetch(play, 'c')
    },
  },
  {
    name: 'fetch freed values from a restored server',
    async before(play) {
      await play.signIn(play.tab)
      await play.signIn(play.other)
      await play.stage.cloud.backUp()
      await play.say(play.tab, 'c', 'a')
      await play.sync(play.tab, play.other)
      await play.rest(HOUR_MS)
      await play.until(play.tab.call('freeSpace', {}))
      await play.stage.cloud.restore(0)
    },
    async act(play) {
      await fetch(play, 'c')
      await play.rest(10 * 60_000)
      await play.sync(play.other, play.tab)
      await fetch(play, 'c')
    },
  },
  {
    name: 'trash and delete what was freed',
    async before(play) {
      await resting(play)
      await play.until(play.tab.call('freeSpace', {}))
    },
    async act(play) {
      await play.until(play.tab.call('trashConversation', place(play.tab)))
      await play.until(play.tab.call('restoreConversation', place(play.tab)))
      await play.until(play.tab.call('purgeConversation', place(play.tab)))
      await play.sync(play.tab)
    },
  },
  {
    name: 'a damaged pack is set aside and comes again',
    async before(play) {
      await packed(play)
      await damagePacks(play)
    },
    async act(play) {
      await play.until(play.tab.call('loadMessages', { conversationId: 'packed', limit: 0 }))
      await play.sync(play.tab)
    },
  },
  {
    name: 'a pack is damaged of which some waits for the cloud',
    async before(play) {
      await packed(play, false)
      await damagePacks(play)
      play.tab.browser.isOnline = true
    },
    async act(play) {
      await play.until(play.tab.call('loadMessages', { conversationId: 'packed', limit: 0 }))
      await play.sync(play.tab)
    },
  },
]

const fetch = (play: Play, conversationId: string) =>
  play.until(play.tab.call('fetchConversation', { conversationId }))

/** Two conversations that nobody has open any more. */
async function resting(play: Play): Promise<void> {
  await shared(play)
  await play.say(play.tab, 'd', 'in-d')
  await play.sync(play.tab, play.other)
  await play.rest(HOUR_MS)
}

/** A conversation that was imported, whose messages lie in a pack. */
async function packed(play: Play, isSynced = true): Promise<void> {
  await shared(play)
  if (!isSynced) play.setOnline(play.tab, false)
  const conversations = [{ id: 'packed', messages: [text('one'), { ...text('two'), parentId: 'one' }] }]
  const command = { mutationId: play.tab.mutation(), projectId: 'p', conversations }
  await play.until(play.tab.call('importConversations', command))
  if (isSynced) await play.sync(play.tab, play.other)
}

async function damagePacks({ tab, stage }: Play): Promise<void> {
  const storage = await tab.browser.storage.open(tab.session()?.database ?? '')
  const count = await storage.write(['packs'], 'strict', async (tx) => {
    const packs: PackRecord[] = await tx.scan('packs', {
      range: { lower: ['packed', 0], upper: ['packed', []] },
    })
    for (const pack of packs) await tx.put('packs', { ...pack, text: pack.text.slice(0, 20) })
    return packs.length
  })
  if (count === 0) stage.world.fail('the scenario runs', 'there is no pack to damage')
}
