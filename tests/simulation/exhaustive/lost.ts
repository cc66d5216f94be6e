import type { OutboxRecord } from '../../../src/ports/records/outbox.ts'
import { evict } from '../disasters.ts'
import type { Tab } from '../tab.ts'
import { place, shared, signedIn, text } from './before.ts'
import type { Play, Scenario } from './play.ts'

/** Longer than an answer is waited for by a page, and shorter than by the engine. */
const LATE_MS = 20_000
/** A conversation that nobody had in hand for so long may be freed. */
const LONG_REST_MS = 60 * 60_000

/** The cloud loses what it had, or is not given what it lacks, and who could offer it is lost as well. */
export const LOSS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'who offers a stub is lost before what overwrites it is sent',
    weather: { smallServer: 1 },
    async before(play) {
      await shared(play)
      await play.stage.cloud.backUp()
      await edit(play, play.other, 'second')
      await play.sync(play.other, play.tab)
      play.setOnline(play.tab, false)
      await edit(play, play.tab, 'third')
      await play.stage.cloud.restore(0)
      lose(play, play.other)
      play.tab.browser.isOnline = true
    },
    async act(play) {
      void play.tab.call('syncNow', {})
      await play.stage.world.settle()
      const { faults } = play.stage.world
      for (let waited = 0; waited < LATE_MS && !faults.has('worker-killed'); waited += 10) await play.rest(10)
      lose(play, play.tab)
    },
  },
  {
    name: 'an old version comes to light under a purge',
    async before(play) {
      await shared(play)
      play.setOnline(play.tab, false)
      for (const words of ['second', 'third', 'fourth']) await edit(play, play.tab, words)
      const edits = queued(play.tab).flatMap(({ operations }) => operations)
      for (const { id } of edits.slice(0, 2)) play.stage.obstacles.refused.add(id)
      play.setOnline(play.tab, true)
      await play.sync(play.tab, play.tab, play.tab, play.other)
      const purge = { ...place(play.other), messageId: 'a', forever: true }
      await play.until(play.other.call('removeMessage', purge))
      await play.sync(play.other)
    },
    act: (play) => play.sync(play.tab),
  },
  {
    name: 'a conversation is fetched while the cloud is restored',
    async before(play) {
      await signedIn(play)
      await play.say(play.other, 'd', 'elsewhere')
      await play.sync(play.other, play.tab)
      await play.stage.cloud.backUp()
      await play.say(play.other, 'c', 'lost with the cloud')
      await play.sync(play.other, play.tab)
      await play.rest(LONG_REST_MS)
      await play.until(play.tab.call('freeSpace', {}))
      lose(play, play.other)
      play.stage.obstacles.delayOf = ({ path }) => (path.startsWith('/conversations/c?') ? LATE_MS : 0)
    },
    async act(play) {
      void play.tab.call('fetchConversation', { conversationId: 'c' })
      await play.stage.world.settle()
      await play.rest(200)
      await play.stage.cloud.restore(0)
      await play.sync(play.tab)
      await play.rest(2 * LATE_MS)
    },
  },
  {
    name: 'the cursor moves while a conversation is fetched, and the cloud loses what came between',
    async before(play) {
      await signedIn(play)
      for (const id of ['one', 'two']) await play.say(play.other, 'c', id)
      await play.sync(play.other, play.tab)
      await play.rest(LONG_REST_MS)
      await play.until(play.tab.call('freeSpace', {}))
      play.setOnline(play.tab, false)
      await play.say(play.other, 'd', 'meanwhile')
      await play.sync(play.other)
      await play.rest(1_000)
      await play.stage.cloud.backUp()
      play.tab.browser.isOnline = true
    },
    async act(play) {
      const { obstacles, world, cloud } = play.stage
      obstacles.delayOf = ({ path }) =>
        path.startsWith('/conversations/c?') ? LATE_MS : path.startsWith('/conversations?') ? LATE_MS / 2 : 0
      void play.tab.call('syncNow', {})
      await world.settle()
      await play.rest(200)
      const purge = { ...place(play.other), messageId: 'one', forever: true }
      void play.other.call('removeMessage', purge).then(() => play.other.call('syncNow', {}))
      await world.settle()
      await play.rest(200)
      void play.tab.call('fetchConversation', { conversationId: 'c' })
      await world.settle()
      await play.rest(200)
      lose(play, play.other)
      await cloud.restore(0)
      obstacles.delayOf = () => 0
      await play.rest(2 * LATE_MS)
      await play.sync(play.tab)
    },
  },
]

function edit({ until }: Play, tab: Tab, words: string): Promise<unknown> {
  return until(tab.call('editMessage', { ...place(tab), messageId: 'a', message: text('a', words) }))
}

function lose({ stage }: Play, tab: Tab): void {
  const device = stage.devices.find(({ browser }) => browser === tab.browser)
  if (device !== undefined) evict(stage, device)
}

function queued(tab: Tab): readonly OutboxRecord[] {
  const tables = tab.browser.storage.snapshot().get(tab.session()?.database ?? '')
  return (tables?.outbox.scan({}) ?? []) as OutboxRecord[]
}
