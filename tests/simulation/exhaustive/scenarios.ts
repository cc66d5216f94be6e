import { STREAM_SCENARIOS } from './answers.ts'
import { conflicting, place, queued, shared, signedIn, text, trashed, written } from './before.ts'
import { FREEING_SCENARIOS } from './freeing.ts'
import { LOSS_SCENARIOS } from './lost.ts'
import type { Play, Scenario } from './play.ts'

const DAY_MS = 24 * 60 * 60_000
/** By then every app has named its cloud. */
const LONGEST_UNAWARE_MS = 11 * 60_000

export const SCENARIOS: readonly Scenario[] = [
  { name: 'append', before: signedIn, act: (play) => play.say(play.tab, 'c', 'm1') },
  { name: 'append, signed in nowhere', act: (play) => play.say(play.tab, 'c', 'm1') },
  {
    name: 'save',
    before: shared,
    act: ({ until, tab }) =>
      until(
        tab.call('saveMessages', {
          ...place(tab),
          projectId: 'p',
          messages: [text('a', 'other'), text('new')],
        }),
      ),
  },
  {
    name: 'edit',
    before: shared,
    act: ({ until, tab }) =>
      until(tab.call('editMessage', { ...place(tab), messageId: 'a', message: text('a', 'other') })),
  },
  {
    name: 'remove a message',
    before: shared,
    act: ({ until, tab }) => until(tab.call('removeMessage', { ...place(tab), messageId: 'a' })),
  },
  {
    name: 'remove a message for ever',
    before: shared,
    act: ({ until, tab }) =>
      until(tab.call('removeMessage', { ...place(tab), messageId: 'a', forever: true })),
  },
  {
    name: 'trash',
    before: shared,
    act: ({ until, tab }) => until(tab.call('trashConversation', place(tab))),
  },
  {
    name: 'restore',
    before: trashed,
    act: ({ until, tab }) => until(tab.call('restoreConversation', place(tab))),
  },
  {
    name: 'purge',
    before: shared,
    act: ({ until, tab }) => until(tab.call('purgeConversation', place(tab))),
  },
  {
    name: 'import',
    before: signedIn,
    act({ until, tab }) {
      const conversations = [
        { id: 'c', messages: [text('one'), { ...text('two'), parentId: 'one' }] },
        { id: 'd', messages: [text('three')] },
      ]
      const command = { mutationId: tab.mutation(), projectId: 'p', conversations }
      return until(tab.call('importConversations', command))
    },
  },
  {
    name: 'clear a project',
    before: shared,
    act: ({ until, tab }) => until(tab.call('clearProject', { mutationId: tab.mutation(), projectId: 'p' })),
  },
  {
    name: 'adopt what was written before the sign-in',
    async before(play) {
      await play.say(play.tab, 'c', 'of-nobody')
      await play.say(play.tab, 'd', 'of-nobody-either')
    },
    act: (play) => play.signIn(play.tab),
  },
  {
    name: 'sign out and remove',
    before: shared,
    async act(play) {
      play.tab.browser.cookies.accountId = null
      await play.until(play.tab.host('signedOut', { remove: true }))
    },
  },
  { name: 'drain', before: queued, act: (play) => play.sync(play.tab) },
  { name: 'drain, every other answer lost', weather: { responseLost: 0.5 }, before: queued, act: drainLong },
  {
    name: 'meet a full cloud after writing without one',
    weather: { shortPages: 2, unaware: 1 },
    async before(play) {
      await signedIn(play)
      for (const id of ['m1', 'm2']) await play.say(play.tab, 'mine', id)
      await play.say(play.tab, 'c', 'here')
      for (const id of ['c', 'd', 'e', 'f']) await play.say(play.other, id, `there-${id}`)
      play.setOnline(play.tab, false)
      await play.rest(LONGEST_UNAWARE_MS)
      await play.sync(play.other)
      play.tab.browser.isOnline = true
    },
    act: (play) => play.sync(play.tab),
  },
  { name: 'drain to a server of small batches', weather: { smallServer: 1 }, before: queued, act: drainLong },
  { name: 'pull', before: written, act: (play) => play.sync(play.tab) },
  {
    name: 'a restored server, and offering again',
    async before(play) {
      await shared(play)
      await play.stage.cloud.backUp()
      await play.say(play.tab, 'c', 'lost in the restore')
      await play.sync(play.tab)
      await play.stage.cloud.restore(0)
    },
    act: drainLong,
  },
  {
    name: 'a new device is filled',
    async before(play) {
      await play.signIn(play.other)
      for (const id of ['c', 'd', 'e']) await play.say(play.other, id, `in-${id}`)
      const gone = { conversationId: 'e', mutationId: play.other.mutation() }
      await play.until(play.other.call('purgeConversation', gone))
      await play.sync(play.other)
    },
    async act(play) {
      await play.signIn(play.tab)
      await drainLong(play)
    },
  },
  { name: 'resolve a conflict', before: conflicting, act: resolve },
  {
    name: 'compaction, a month later',
    async before(play) {
      await shared(play)
      for (const other of ['second', 'third']) {
        const edit = { ...place(play.tab), messageId: 'a', message: text('a', other) }
        await play.until(play.tab.call('editMessage', edit))
      }
      await play.sync(play.tab, play.other)
      await play.rest(40 * DAY_MS)
      await play.stage.cloud.compact(30 * DAY_MS)
    },
    act: drainLong,
  },
  {
    name: 'automatic trash and deletion',
    async before(play) {
      await trashed(play)
      const policy = { purgeAfterDays: 10, trashAfterDays: 5 }
      await play.until(play.tab.call('setRetention', { projectId: 'p', policy }))
      await play.until(play.tab.call('confirmAutomation', {}))
      await play.rest(20 * DAY_MS)
    },
    act: drainLong,
  },
  ...STREAM_SCENARIOS,
  ...LOSS_SCENARIOS,
  ...FREEING_SCENARIOS,
]

async function resolve({ until, tab }: Play): Promise<void> {
  const found = await until(tab.call('conflicts', { conversationId: 'c' }))
  for (const { register, covers, heads } of found?.conflicts ?? []) {
    const [first] = heads
    if (first === undefined) continue
    const choice = { head: first.id }
    await until(tab.call('resolveConflict', { ...place(tab), register, covers, choice }))
  }
}

/** Syncs, waits out what has to be waited out, and syncs again. */
async function drainLong(play: Play): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await play.sync(play.tab)
    await play.rest(10 * 60_000)
  }
}
