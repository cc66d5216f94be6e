import fc from 'fast-check'
import { expect } from 'vitest'
import { aMessage } from '../builders/engine.ts'
import {
  aListedMessage,
  aPlainServer,
  type Document,
  type PlainServerOptions,
} from '../builders/plain-server.ts'
import { aPlainPair, type PlainDevice, pass } from '../unit/engine/sync/plain/a-plain-pair.ts'

const ACTS = [
  'say',
  'say',
  'edit',
  'rename',
  'tag',
  'remove',
  'archive',
  'sync',
  'sync',
  'foreign',
  'foreign-slow',
] as const
const FAULTS = ['none', 'none', 'none', 'request-lost', 'answer-lost'] as const

export const historyArbitrary = fc.array(
  fc.record({
    who: fc.nat({ max: 1 }),
    act: fc.constantFrom(...ACTS),
    conversation: fc.constantFrom('c', 'd'),
    pick: fc.nat({ max: 9 }),
    fault: fc.constantFrom(...FAULTS),
    /** Which request of the next sync fails. */
    at: fc.nat({ max: 3 }),
    /** Who writes between this sync's first request and its second. */
    between: fc.constantFrom('nobody', 'device', 'client'),
  }),
  { minLength: 5, maxLength: 30 },
)

const contentOf = ({ content, parts }: Readonly<Record<string, unknown>>): string => {
  const texts = Array.isArray(parts)
    ? parts.map(({ text = '' }: { text?: string }) => text).join('')
    : undefined
  return texts ?? String(content)
}

async function view(device: PlainDevice, conversationId: string) {
  const record = await device.service.getConversation({ conversationId })
  const known = await device.database.write('relaxed', (unit) => unit.knownOperations(conversationId))
  const ids = new Set(known.flatMap((one) => (one.kind === 'set' ? [one.register] : [])))
  const messages = [...ids].filter((register) => register.startsWith('message:')).sort()
  const shown: Record<string, string> = {}
  for (const register of messages) {
    const { messages: path } = await device.service.loadMessages({
      ...{ conversationId, limit: 0, leafId: register.slice('message:'.length) },
    })
    for (const { id, message } of path) shown[id] = contentOf(message)
  }
  const { title, archived, tags } = record ?? {}
  return { title, archived, tags, shown }
}

type Act = typeof historyArbitrary extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never

/**
 * Two devices and a client that knows nothing of chatkeep write to one plain server as the history says; then all meet, and have to hold the
 * same, with every message that somebody was told is saved.
 */
export async function runPlainHistory(options: PlainServerOptions, history: readonly Act[]): Promise<void> {
  const server = aPlainServer(options)
  const pairs = await Promise.all(
    ['first', 'second'].map((name, index) => aPlainPair(server, { name, seed: index + 1 })),
  )
  for (const { device } of pairs) await device.service.wake({ reason: 'poke', projectId: 'p' })
  /** Every message that somebody was told is saved, by id; and those that a device removed. */
  const saved = new Set<string>()
  const removed = new Set<string>()
  let slow: { readonly id: string; readonly copy: Document; readonly etag: string | undefined } | undefined
  let count = 0
  function sayElsewhere(conversationId: string, id: string): void {
    if (server.document(conversationId) === undefined) return
    server.change(conversationId, (document) => ({
      ...document,
      messages: [...document.messages, aListedMessage(id, `said ${id}`)],
    }))
    saved.add(`${conversationId}/${id}`)
  }
  for (const { who, act, conversation: conversationId, pick, fault, at, between } of history) {
    const pair = pairs[who]
    const other = pairs[1 - who]
    if (pair === undefined || other === undefined) throw new Error('there are two devices')
    const { device, network } = pair
    for (const each of pairs) each.device.clock.advance(1_000)
    count += 1
    const command = { mutationId: device.mutation(), conversationId }
    const { messages } = await device.service.loadMessages({ conversationId, limit: 0 })
    const picked = messages[pick % Math.max(1, messages.length)]
    if (act === 'say') {
      const id = `${who}-${count}`
      const said = [aMessage(id, `said ${id}`)]
      await device.service.appendMessages({ ...command, projectId: 'p', messages: said })
      saved.add(`${conversationId}/${id}`)
    } else if (act === 'edit' && picked !== undefined) {
      const message = { ...picked.message, parts: [{ type: 'text', text: `edited ${count}` }] }
      await device.service.editMessage({ ...command, messageId: picked.id, message: { message } })
    } else if (act === 'remove' && picked !== undefined) {
      await device.service.removeMessage({ ...command, messageId: picked.id })
      removed.add(`${conversationId}/${picked.id}`)
    } else if (act === 'rename' && messages.length > 0) {
      await device.service.renameConversation({ ...command, title: `title ${count}` })
    } else if (act === 'tag' && messages.length > 0) {
      await device.service.setTag({ ...command, tag: `tag ${pick % 3}`, present: pick > 4 })
    } else if (act === 'archive' && messages.length > 0) {
      await device.service.setArchived({ ...command, value: pick > 4 })
    } else if (act === 'foreign' && server.document(conversationId) !== undefined) {
      sayElsewhere(conversationId, `foreign-${count}`)
    } else if (act === 'foreign-slow') {
      // A client that takes its time between reading and writing. Where there are validators it uses them.
      if (slow === undefined) {
        const copy = server.document(conversationId)
        const etag = server.handle({ method: 'GET', path: `/conversations/${conversationId}` }).headers.etag
        if (copy !== undefined) slow = { id: `slow-${count}`, copy, etag }
      } else {
        const { id, copy, etag } = slow
        const messages = [...copy.messages, aListedMessage(id, `said ${id}`)]
        const answer = server.handle({
          method: 'POST',
          path: '/conversations',
          headers: etag === undefined ? {} : { 'If-Match': etag },
          body: JSON.stringify({ ...copy, messages }),
        })
        if (answer.status < 300) saved.add(`${copy.id}/${id}`)
        slow = undefined
      }
    } else if (act === 'sync') {
      if (fault !== 'none') {
        network.next(...Array.from({ length: at }, () => pass), fault)
      } else if (between !== 'nobody') {
        network.next(pass, async (_request, go) => {
          if (between === 'device') await other.device.drain('visible')
          else sayElsewhere(conversationId, `between-${count}`)
          return go()
        })
      }
      await device.drain('visible')
      network.heal()
    }
  }
  for (let round = 0; round < 5; round++) {
    for (const { device, network } of pairs) {
      network.heal()
      device.clock.advance(10 * 60_000)
      await device.service.syncNow({})
    }
  }
  const [first, second] = pairs.map(({ device }) => device)
  if (first === undefined || second === undefined) throw new Error('there are two devices')
  for (const conversationId of ['c', 'd']) {
    const mine = await view(first, conversationId)
    const theirs = await view(second, conversationId)
    // One that nothing is in any more is nothing to show elsewhere.
    if (Object.keys(mine.shown).length > 0) expect(theirs).toEqual(mine)
    expect(theirs.shown).toEqual(mine.shown)
    const listed = server.document(conversationId)?.messages ?? []
    for (const { id, ...message } of listed) {
      if (mine.shown[id] === undefined) expect(contentOf(message)).toBe('')
      else expect(contentOf(message)).toBe(mine.shown[id])
    }
    for (const path of saved) {
      const [inConversation, id = ''] = path.split('/')
      if (inConversation !== conversationId || removed.has(path)) continue
      // Without a validator a client's write may vanish before anybody saw it; a device's own is posted until it is seen.
      if (!options.hasEtags && !/^\d/.test(id)) continue
      expect(mine.shown, path).toHaveProperty([id])
    }
  }
  for (const device of [first, second]) expect(await device.outbox()).toEqual([])
}
