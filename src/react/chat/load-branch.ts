import type { ChatkeepClient } from '../../client/api.ts'
import { ChatkeepError } from '../../domain/errors.ts'
import type { LoadQuery, MessagePage } from '../../domain/service/message-page.ts'
import type { MessagePlace } from './branch.ts'

/** What is on screen when the store is read again. */
export type ShownWindow = {
  readonly leaf: MessagePlace | null
  /** Tree id of the first stored message on screen. */
  readonly firstId: string | null
  readonly count: number
  /** Nothing is older than the first one. */
  readonly isWhole?: boolean
}

/**
 * Reads the branch to show: the open one when it continues what is on screen, else the one on screen. A page moves only to
 * descendants of what it shows; another tab's choice of branch does not pull it away.
 */
export async function loadBranch(
  client: ChatkeepClient,
  conversationId: string,
  shown: ShownWindow,
  pageSize: number,
): Promise<MessagePage> {
  const limit = Math.max(pageSize, shown.count + pageSize)
  const open = await loadPage(client, conversationId, { limit })
  const { leaf } = shown
  if (leaf === null) return latest(open, pageSize)
  if (holds(open, leaf.id)) return fromFirstShown(open, shown)
  if (open.older !== null) {
    const whole = await loadPage(client, conversationId, { limit: 0 })
    if (holds(whole, leaf.id)) return fromFirstShown(whole, shown)
  }
  const mine = await loadPage(client, conversationId, { limit, leafId: leaf.id })
  return holds(mine, leaf.id) ? fromFirstShown(mine, shown) : latest(open, pageSize)
}

/** A page of a conversation; an empty one when nothing of it is stored. */
export async function loadPage(
  client: ChatkeepClient,
  conversationId: string,
  query: Omit<LoadQuery, 'conversationId'>,
): Promise<MessagePage> {
  try {
    return await client.loadMessages(conversationId, query)
  } catch (error) {
    if (!(error instanceof ChatkeepError) || error.code !== 'input/not-found') throw error
    return { conversationId, revision: 0, messages: [], leaf: null, older: null }
  }
}

const holds = (page: MessagePage, id: string): boolean => page.messages.some((stored) => stored.id === id)

function latest(page: MessagePage, pageSize: number): MessagePage {
  return cutBefore(page, page.messages.length - pageSize)
}

/** Without what is older than the first message on screen, so that reading again does not move the beginning. */
function fromFirstShown(page: MessagePage, { firstId, count, isWhole }: ShownWindow): MessagePage {
  if (isWhole) return page // What another tab asked before belongs to the beginning, too.
  const first = firstId === null ? -1 : page.messages.findIndex((stored) => stored.id === firstId)
  return first < 0 ? latest(page, Math.max(count, 1)) : cutBefore(page, first)
}

function cutBefore(page: MessagePage, index: number): MessagePage {
  const first = page.messages[index]
  if (index <= 0 || first === undefined) return page
  return { ...page, messages: page.messages.slice(index), older: { id: first.id, born: first.born } }
}
