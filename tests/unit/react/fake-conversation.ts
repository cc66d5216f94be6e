import { titleFromMessages } from '../../../src/domain/conversation.ts'
import { messageText } from '../../../src/domain/message.ts'
import type { ListedConversation } from '../../../src/domain/service/conversation-list.ts'
import type { MessageInput } from '../../../src/domain/service/message-commands.ts'
import type { MessagePage, StoredMessage } from '../../../src/domain/service/message-page.ts'

export type Place = { readonly id: string; readonly born: number }
export type Node = StoredMessage & { readonly isDraft?: boolean; stop?: boolean }

let stamp = 0

/** One conversation in memory, with the engine's rules about branches and none of its depth. */
export type FakeConversation = {
  readonly id: string
  readonly projectId: string
  readonly createdAt: number
  readonly nodes: Map<string, Node>
  revision: number
  leafId: string | null
  title: string | undefined
  pinned: boolean
  archived: boolean
  trashed: boolean
}

export function createFakeConversation(id: string, projectId: string, createdAt: number): FakeConversation {
  const flags = { pinned: false, archived: false, trashed: false }
  return { id, projectId, createdAt, nodes: new Map(), revision: 0, leafId: null, title: undefined, ...flags }
}

const childrenOf = (kept: FakeConversation, parentId: string | null): Node[] =>
  [...kept.nodes.values()].filter((node) => node.parentId === parentId).sort((a, b) => a.born - b.born)

export function newestBelow(kept: FakeConversation, id: string | null): string | null {
  const newest = childrenOf(kept, id).at(-1)
  return newest === undefined ? id : newestBelow(kept, newest.id)
}

function pathTo(kept: FakeConversation, id: string | null): Node[] {
  const node = id === null ? undefined : kept.nodes.get(id)
  return node === undefined ? [] : [...pathTo(kept, node.parentId), node]
}

/** Writes a message at its old place, or below `parentId`. */
export function writeNode(kept: FakeConversation, input: MessageInput, parentId: string | null): Node {
  const old = kept.nodes.get(input.message.id)
  const node: Node = {
    id: input.message.id,
    message: structuredClone(input.message),
    parentId: old?.parentId ?? parentId,
    born: old?.born ?? ++stamp,
    createdAt: input.createdAt ?? old?.createdAt ?? kept.createdAt,
    status: input.status ?? 'complete',
    ...(input.model === undefined ? {} : { model: input.model }),
  }
  kept.nodes.set(node.id, node)
  return node
}

export function appendNodes(
  kept: FakeConversation,
  messages: readonly MessageInput[],
  after: Place | null | undefined,
  fork: boolean,
): Node[] {
  const saw = after === undefined ? kept.leafId : (after?.id ?? null)
  let parent = fork ? saw : newestBelow(kept, saw)
  const written = messages.map((input) => {
    const node = writeNode(kept, input, parent)
    parent = node.id
    return node
  })
  if (written.length > 0) kept.leafId = parent
  return written
}

/** The list of an app: what it lacks is kept, what it changed is updated, what is new is appended after its neighbour. */
export function saveNodes(kept: FakeConversation, messages: readonly MessageInput[]): Node[] {
  let parent: string | null = null
  const written: Node[] = []
  for (const input of messages) {
    const known = kept.nodes.get(input.message.id)
    const isSame = known !== undefined && JSON.stringify(known.message) === JSON.stringify(input.message)
    if (!isSame) written.push(writeNode(kept, input, parent))
    parent = input.message.id
  }
  if (parent !== null && written.length > 0) kept.leafId = parent
  return written
}

export function pageOf(
  kept: FakeConversation,
  query: { readonly limit?: number; readonly before?: Place; readonly leafId?: string },
): MessagePage {
  const path = pathTo(kept, query.leafId ?? newestBelow(kept, kept.leafId))
  const end = query.before === undefined ? path.length : path.findIndex(({ id }) => id === query.before?.id)
  const limit = query.limit ?? 50
  const start = limit === 0 ? 0 : Math.max(0, end - limit)
  const place = (node: Node | undefined): Place | null => (node ? { id: node.id, born: node.born } : null)
  return {
    conversationId: kept.id,
    revision: kept.revision,
    messages: path.slice(start, end).map((node) => toStored(kept, node)),
    leaf: place(path.at(-1)),
    older: start === 0 ? null : place(path[start]),
  }
}

function toStored(kept: FakeConversation, { isDraft, stop, ...node }: Node): StoredMessage {
  const siblings = childrenOf(kept, node.parentId).map(({ id }) => id)
  return siblings.length > 1 ? { ...node, siblings } : node
}

export function metadataOf(kept: FakeConversation): ListedConversation {
  const path = pathTo(kept, newestBelow(kept, kept.leafId))
  const { id, projectId, revision, createdAt, pinned, archived, trashed } = kept
  return {
    ...{ id, projectId, revision, createdAt, pinned, archived, trashed, tags: [] },
    title: kept.title ?? titleFromMessages(path.map(({ message }) => message)),
    messageCount: kept.nodes.size,
    lastMessage: messageText(path.at(-1)?.message ?? { id: '', role: '' }),
    updatedAt: path.at(-1)?.createdAt ?? createdAt,
  }
}
