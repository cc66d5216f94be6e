import { expect } from 'vitest'
import { messageText } from '../../../src/domain/message.ts'
import { CONVERSATION } from './chat-tab.ts'
import type { Stage } from './play.ts'

/** At rest: what was promised is kept, and what a tab shows is a branch as it is stored. */
export async function judge({ world, seats, problems, rewritten, hasSwitched }: Stage): Promise<void> {
  expect(problems).toEqual([])
  for (const [database, texts] of world.texts())
    for (const account of ['anna', 'ben'].filter((name) => !database.includes(name)))
      expect(
        texts.filter((text) => text.endsWith(`of ${account}`)),
        database,
      ).toEqual([])
  for (const { tab, ended } of seats) {
    const { messages, envelopesById, saveError, restoreError, status } = tab.session.getState()
    expect({ saveError, restoreError }).toEqual({ saveError: null, restoreError: null })
    expect(status).not.toBe('streaming')
    const ids = messages.map(({ id }) => id)
    expect(new Set(ids).size, 'each message once').toBe(ids.length)
    for (const [id, text] of ended)
      if (!rewritten.has(id) && !hasSwitched)
        expect(world.stored(id).map(messageText), `all of ${id}`).toContain(text)
    const last = envelopesById.get(ids.at(-1) ?? '')
    expect(last === undefined, 'what is last is stored').toBe(ids.length === 0)
    if (last === undefined) continue
    const page = await world.load({ conversationId: CONVERSATION, leafId: last.id, limit: 0 })
    const stored = page.messages.map(({ message }) => message)
    expect(messages, 'what is on screen is what is stored').toEqual(stored.slice(-messages.length))
  }
}
