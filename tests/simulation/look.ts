import type { ChatkeepClient } from '../../src/client/api.ts'
import type { MessagePage, StoredMessage } from '../../src/domain/service/message-page.ts'
import { loadBranch } from '../../src/react/chat/load-branch.ts'
import { END } from './stream.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** More messages than any history has: a tab shows all of a branch. */
const ALL = 1_000

/** A tab reads the conversation again that it shows, as a page does: it follows what it shows, and goes nowhere else by itself. */
export async function look(world: World, tab: Tab, conversationId: string): Promise<void> {
  const { leaf } = tab.pages.get(conversationId) ?? { leaf: null }
  const database = tab.session()?.database
  let isMissing = false
  const client: Pick<ChatkeepClient, 'loadMessages'> = {
    async loadMessages(id, query = {}) {
      const page = await tab.call('loadMessages', { conversationId: id, ...query })
      isMissing ||= page === undefined
      return page ?? { conversationId: id, revision: 0, messages: [], leaf: null, older: null }
    },
  }
  const shown = { leaf, firstId: null, count: ALL }
  const page = await loadBranch(client as ChatkeepClient, conversationId, shown, ALL)
  if (isMissing || tab.session()?.database !== database) return
  checkList(world, tab.name, page.messages, tab.isUnmarked)
  if (leaf !== null && !holds(page, leaf.id)) await checkLeft(world, tab, page, leaf.id)
  tab.pages.set(conversationId, page)
}

/** The person went to another branch: the tab shows whatever is open now. */
export function leave(tab: Tab, conversationId: string): void {
  const page = tab.pages.get(conversationId)
  if (page !== undefined) tab.pages.set(conversationId, { ...page, leaf: null })
}

const holds = ({ messages }: MessagePage, id: string) => messages.some((message) => message.id === id)

/** The tab shows another branch than before: what it showed has to be gone. */
async function checkLeft(world: World, tab: Tab, page: MessagePage, leafId: string): Promise<void> {
  const { conversationId, revision } = page
  const mine = await tab.call('loadMessages', { conversationId, leafId, limit: ALL / 2 })
  if (mine?.revision !== revision || !holds(mine, leafId)) return
  world.fail('a page stays on its branch', `${tab.name} showed ${leafId} of ${conversationId} and left it`)
}

/** A parent precedes its children, the list is in the order of (born, id), and no half calls itself complete. */
export function checkList(
  world: World,
  where: string,
  messages: readonly StoredMessage[],
  isUnmarked: Tab['isUnmarked'] = () => false,
): void {
  for (const [index, message] of messages.entries()) {
    if (message.status === 'complete' && message.id.startsWith('answer')) {
      const text = JSON.stringify(message.message.parts)
      if (text.includes('"answer ') && !text.includes(END) && !isUnmarked(message))
        world.fail('a half is never complete', `${where} shows ${message.id}: ${text}`)
    }
    const before = messages[index - 1]
    if (before === undefined) continue
    const isOrdered = before.born < message.born || (before.born === message.born && before.id < message.id)
    if (!isOrdered) world.fail('a list is in order', `${where} shows ${before.id} before ${message.id}`)
  }
}
