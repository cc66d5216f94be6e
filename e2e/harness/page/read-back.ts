import type { ChatkeepClient } from 'chatkeep'

type Imported = Parameters<ChatkeepClient['importConversations']>[0][number]
type Expected = Imported & { readonly messages: Imported['messages'] }

export type ReadBack = {
  readonly branches: number
  readonly messages: number
  /** Where what was read is not deeply equal to what was written. */
  readonly differences: readonly string[]
}

/** Most differences that are told; one is enough to fail. */
const MAX_TOLD = 20

/**
 * Reads every branch of every conversation and compares it, message by message, with what was imported. Runs in the page, so
 * that what only a browser can hold (lone surrogates) is not changed on its way to the test.
 */
export async function readBack(
  client: ChatkeepClient,
  conversations: readonly Expected[],
): Promise<ReadBack> {
  const differences: string[] = []
  let branches = 0
  const seen = new Set<string>()
  for (const { id: conversationId, messages } of conversations) {
    const metadata = await client.getConversation(conversationId)
    if (metadata?.messageCount !== messages.length) {
      differences.push(`${conversationId}: counts ${metadata?.messageCount} of ${messages.length} messages`)
    }
    const parents = parentsOf(messages)
    const inner = new Set(parents.values())
    for (const { message } of messages) {
      if (inner.has(message.id)) continue
      branches += 1
      const { messages: branch, older } = await client.loadMessages(conversationId, {
        leafId: message.id,
        limit: 0,
      })
      if (older !== null) differences.push(`${conversationId}: more is left before the beginning`)
      const expected = branchOf(message.id, messages, parents)
      if (branch.length !== expected.length) {
        differences.push(
          `${conversationId}/${message.id}: ${branch.length} messages instead of ${expected.length}`,
        )
      }
      for (const [index, stored] of branch.entries()) {
        const difference = firstDifference(expected[index], stored.message, stored.id)
        if (difference !== undefined) differences.push(`${conversationId}: ${difference}`)
        seen.add(`${conversationId} ${stored.id}`)
      }
    }
  }
  return { branches, messages: seen.size, differences: differences.slice(0, MAX_TOLD) }
}

/** Parent by message id: what was said, else the message before. */
function parentsOf(messages: Imported['messages']): Map<string, string | null> {
  const parents = new Map<string, string | null>()
  let before: string | null = null
  for (const { message, parentId } of messages) {
    parents.set(message.id, parentId === undefined ? before : parentId)
    before = message.id
  }
  return parents
}

function branchOf(
  leafId: string,
  messages: Imported['messages'],
  parents: ReadonlyMap<string, string | null>,
): readonly unknown[] {
  const messagesById = new Map(messages.map(({ message }) => [message.id, message]))
  const branch: unknown[] = []
  for (let id: string | null = leafId; id !== null; id = parents.get(id) ?? null)
    branch.unshift(messagesById.get(id))
  return branch
}

/** Where two JSON values first differ; undefined when they are deeply equal. */
export function firstDifference(expected: unknown, found: unknown, path: string): string | undefined {
  if (expected === found) return undefined
  if (typeof expected !== 'object' || typeof found !== 'object' || expected === null || found === null) {
    return `${path}: ${told(found)} instead of ${told(expected)}`
  }
  if (Array.isArray(expected) !== Array.isArray(found)) return `${path}: list and object`
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
  for (const key of keys) {
    if (!Object.hasOwn(found, key)) return `${path}.${key}: is missing`
    if (!Object.hasOwn(expected, key)) return `${path}.${key}: was not there`
    const [mine, theirs] = [expected, found] as Record<string, unknown>[]
    const difference = firstDifference(mine?.[key], theirs?.[key], `${path}.${key}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

const told = (value: unknown) => JSON.stringify(value)?.slice(0, 80)
