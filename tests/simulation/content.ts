import type { Place } from '../../src/domain/message.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import type { StoredMessage } from '../../src/domain/service/message-page.ts'
import { isSeen } from './archive.ts'
import type { Row } from './cloud.ts'
import type { Stage } from './history.ts'
import type { Holding } from './verdict.ts'

/**
 * Of what is purged, and of everything below it, no value is left in the cloud. What something overwrote that the cloud had refused
 * is known to nobody any more when every disk that held it is gone.
 */
export function checkPurges(
  { world, ledger }: Stage,
  live: readonly Row[],
  holdings: readonly Holding[],
): void {
  const isKnown = (id: string) => holdings.some(({ tab }) => isSeen(tab.browser.store, id))
  const valued = new Map(live.filter(({ kind }) => kind === 'set').map((row) => [row.id, row]))
  const linksById = new Map(live.map((row) => [row.id, JSON.parse(row.links) as string[]]))
  const todo = live.filter(({ kind }) => kind === 'purge').flatMap(({ id }) => linksById.get(id) ?? [])
  const met = new Set<string>()
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (met.has(id)) continue
    met.add(id)
    if (valued.has(id)) world.fail('nothing purged is kept', `the cloud still has the value of ${id}`)
    const known = ledger.operations.get(id)
    todo.push(...(linksById.get(id) ?? (known?.kind === 'set' && isKnown(id) ? known.overwrites : [])))
  }
}

/** Trash hides what its author had in front of them, and nothing else. */
export function checkTrash(
  { world, ledger }: Stage,
  { tab, view }: Holding,
  expected: ReadonlySet<string>,
): void {
  const recorded = new Map<string, Set<string>>()
  const winners = new Map<string, SetOperation>()
  const messages = new Map<string, string[]>()
  for (const id of expected) {
    const head = ledger.operations.get(id)
    if (head?.kind !== 'set') continue
    const { conversationId, register, value } = head
    if (register.startsWith('message:'))
      messages.set(conversationId, [...(messages.get(conversationId) ?? []), id])
    if (register !== 'trashed') continue
    const best = winners.get(conversationId)
    if (best === undefined || best.stamp < head.stamp || (best.stamp === head.stamp && best.id < head.id))
      winners.set(conversationId, head)
    const ids = recorded.get(conversationId) ?? new Set()
    for (const each of (value as { heads?: string[] } | null)?.heads ?? []) ids.add(each)
    recorded.set(conversationId, ids)
  }
  for (const [conversationId, shown] of Object.entries(view)) {
    const winner = winners.get(conversationId)
    const isTrashed =
      winner !== undefined &&
      winner.value !== null &&
      (messages.get(conversationId) ?? []).every((id) => recorded.get(conversationId)?.has(id) === true)
    const { trashed } = shown as { trashed?: boolean }
    if (trashed !== undefined && trashed !== isTrashed)
      world.fail(
        'trash hides nothing unseen',
        `${conversationId} is ${trashed ? '' : 'not '}in the trash of ${tab.name}`,
      )
  }
}

/** Of several places of one message the least born decides, for everybody. */
export function checkPlaces(
  { world, ledger }: Stage,
  { tab, view }: Holding,
  expected: ReadonlySet<string>,
): void {
  const least = new Map<string, number>()
  for (const id of expected) {
    const head = ledger.operations.get(id)
    if (head?.kind !== 'set' || !head.register.startsWith('message:')) continue
    const key = `${head.conversationId} ${head.register}`
    least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, (head.value as Place).born))
  }
  for (const [conversationId, shown] of Object.entries(view)) {
    for (const { id, born } of (shown as { messages?: readonly StoredMessage[] }).messages ?? []) {
      const known = least.get(`${conversationId} message:${id}`)
      if (known !== undefined && known !== born)
        world.fail('the least born decides', `${tab.name} shows ${id} at ${born}, and not at ${known}`)
    }
  }
}
