import type { Tab } from '../tab.ts'
import type { Play } from './play.ts'

export function text(id: string, words = `text of ${id}`) {
  return { message: { id, role: 'user', parts: [{ type: 'text', text: words }] } }
}

export const place = (tab: Tab) => ({ conversationId: 'c', mutationId: tab.mutation() })

export async function signedIn(play: Play): Promise<void> {
  await play.signIn(play.tab)
  await play.signIn(play.other)
}

/** Two messages of one conversation, here and there. */
export async function shared(play: Play): Promise<void> {
  await signedIn(play)
  await play.say(play.tab, 'c', 'a')
  await play.sync(play.tab, play.other)
  await play.say(play.other, 'c', 'b')
  await play.sync(play.other, play.tab)
}

export async function trashed(play: Play): Promise<void> {
  await shared(play)
  await play.until(play.tab.call('trashConversation', place(play.tab)))
  await play.sync(play.tab, play.other)
}

/** Rows of two conversations wait. */
export async function queued(play: Play): Promise<void> {
  await shared(play)
  play.setOnline(play.tab, false)
  for (const id of ['q1', 'q2', 'q3']) await play.say(play.tab, 'c', id)
  await play.say(play.tab, 'd', 'q4')
  play.tab.browser.isOnline = true
}

/** Another device has written what this one has not seen. */
export async function written(play: Play): Promise<void> {
  await shared(play)
  play.setOnline(play.tab, false)
  for (const id of ['w1', 'w2']) await play.say(play.other, 'c', id)
  await play.until(play.other.call('renameConversation', { ...place(play.other), title: 'renamed' }))
  await play.sync(play.other)
  play.tab.browser.isOnline = true
}

export async function conflicting(play: Play): Promise<void> {
  await shared(play)
  for (const tab of [play.tab, play.other]) play.setOnline(tab, false)
  for (const tab of [play.tab, play.other]) {
    const edit = { ...place(tab), messageId: 'a', message: text('a', `as ${tab.name} says`) }
    await play.until(tab.call('editMessage', edit))
  }
  for (const tab of [play.tab, play.other]) play.setOnline(tab, true)
  await play.sync(play.tab, play.other, play.tab)
}
