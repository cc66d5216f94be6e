import type { Operation } from '../../src/domain/operation.ts'
import type { DraftRecord } from '../../src/ports/records/draft.ts'
import type { SpaceSync } from '../../src/ports/records/sync.ts'
import type { Row } from './cloud.ts'
import { checkPlaces, checkPurges, checkTrash } from './content.ts'
import { expectedHeads } from './expected-heads.ts'
import type { Stage } from './history.ts'
import { checkList } from './look.ts'
import type { Tab } from './tab.ts'

/** What one device of an account holds, as its engine tells it. */
export type Holding = {
  readonly tab: Tab
  readonly database: string
  readonly operations: ReadonlyMap<string, Operation>
  readonly view: Readonly<Record<string, unknown>>
}

/** Compares what the devices of an account and the cloud hold with each other, and with everything that was ever written. */
export async function judge(stage: Stage, account: string, tabs: readonly Tab[]): Promise<void> {
  const { world, ledger, cloud } = stage
  const holdings: Holding[] = []
  for (const tab of tabs) {
    void holdingOf(stage, tab).then((holding) => holdings.push(holding))
  }
  await world.runUntil(world.now() + 60_000)
  if (world.broken !== undefined) throw world.broken
  if (holdings.length !== tabs.length) return world.fail('liveness: a device answers', account)
  const rows = (await cloud.rows()).filter((row) => row.account === account)

  checkLog(stage, account, rows)
  const live = rows.filter((row) => row.live === 1)
  const all = new Set<string>(live.map(({ id }) => id))
  for (const { operations } of holdings) for (const id of operations.keys()) all.add(id)
  for (const { tab, database } of holdings)
    for (const id of tab.browser.store.memory.authored.get(database) ?? []) all.add(id)

  const onServer = new Set(live.map(({ id }) => id))
  for (const id of all) {
    if (ledger.isLeftOut(id)) continue
    if (!onServer.has(id)) {
      const holders = holdings.filter(({ operations }) => operations.has(id))
      const what = JSON.stringify(holders[0]?.operations.get(id)) ?? describe(stage, id)
      const where = holders.map(({ tab }) => tab.name).join(', ')
      world.fail('durability: everything is on the server', `${what} is not; it is on ${where}`)
    }
    for (const { tab, operations } of holdings)
      if (!operations.has(id))
        world.fail(
          'convergence: everything is on every device',
          `${describe(stage, id)} is not on ${tab.name}`,
        )
  }

  const expected = expectedHeads(live.map(rowToOperation), ledger)
  for (const { tab, operations } of holdings) {
    const heads = new Set(
      [...operations.values()].filter(({ kind }) => kind === 'set').map(({ id }) => id as string),
    )
    for (const id of expected)
      if (!heads.has(id)) world.fail('nothing is hidden', `${id} is no head on ${tab.name}`)
    for (const id of heads)
      if (!expected.has(id)) world.fail('nothing is resurrected', `${id} is a head on ${tab.name}`)
    for (const operation of operations.values()) {
      if (operation.kind !== 'set') continue
      const { register, stamp, overwrites, value } = operation
      const written = ledger.values.get(operation.id)
      const held = JSON.stringify([register, stamp, overwrites, value])
      if (written !== undefined && written !== held)
        world.fail(
          'an operation never changes',
          `${operation.id} is ${held} on ${tab.name} and was ${written}`,
        )
    }
  }
  checkCausality(stage, expected, all)
  for (const holding of holdings) checkDrafts(stage, holding)
  checkPurges(stage, live, holdings)
  for (const holding of holdings) {
    checkTrash(stage, holding, expected)
    checkPlaces(stage, holding, expected)
  }
  checkViews(stage, holdings)
  checkCursors(stage, holdings, rows)
}

export async function holdingOf(stage: Stage, tab: Tab): Promise<Holding> {
  const operations = new Map<string, Operation>()
  const view: Record<string, unknown> = {}
  let after: string | undefined
  for (;;) {
    const page = await tab.call('readOperations', after === undefined ? {} : { after })
    for (const { conversationId, operations: held } of page?.conversations ?? []) {
      for (const operation of held) operations.set(operation.id, operation)
      const shown = await tab.call('loadMessages', { conversationId, limit: 0 })
      checkList(stage.world, tab.name, shown?.messages ?? [])
      const record = await tab.call('getConversation', { conversationId })
      // Listed once by a cloud that has lost it since: nothing is left, and nobody is shown anything.
      if (held.length === 0 && record === null && shown?.messages.length === 0) continue
      view[conversationId] = { ...record, revision: 0, messages: shown?.messages, leaf: shown?.leaf }
    }
    if (page === undefined || page.next === null) break
    after = page.next
  }
  return { tab, database: tab.session()?.database ?? '', operations, view }
}

export const rowToOperation = (row: Row): Operation => {
  const common = { id: row.id, conversationId: row.conversation_id } as { id: never; conversationId: string }
  const links = JSON.parse(row.links) as never[]
  if (row.kind === 'purge') return { ...common, kind: 'purge', names: links }
  if (row.kind === 'stub') return { ...common, kind: 'stub', register: row.register, overwrites: links }
  const { register, stamp } = row
  return {
    ...common,
    kind: 'set',
    register,
    stamp: stamp ?? 0,
    overwrites: links,
    value: JSON.parse(row.body ?? 'null'),
  }
}

/** Dense numbers, one live row for each id, no double effect, and nothing of another account. */
function checkLog({ world, ledger }: Stage, account: string, rows: readonly Row[]): void {
  const live = new Set<string>()
  const lastBySpace = new Map<string, number>()
  for (const row of rows) {
    const last = lastBySpace.get(row.space) ?? 0
    if (row.seq !== last + 1) world.fail('the log is dense', `${row.seq} follows ${last}`)
    lastBySpace.set(row.space, row.seq)
    if (row.live === 1 && live.has(row.id)) world.fail('no double effect', `${row.id} is twice in the log`)
    if (row.live === 1) live.add(row.id)
    const places = [...(ledger.databases.get(row.id) ?? [])]
    const isForeign = places.length > 0 && !places.some((name) => name.endsWith(`account-${account}`))
    if (isForeign)
      world.fail('no crossing', `${row.id} of ${places.join(', ')} is in the cloud of ${account}`)
  }
}

/** A value never loses to one that it overwrote. */
function checkCausality(
  { world, ledger }: Stage,
  heads: ReadonlySet<string>,
  all: ReadonlySet<string>,
): void {
  for (const operation of ledger.operations.values()) {
    if (operation.kind !== 'set' || !all.has(operation.id)) continue
    for (const id of operation.overwrites) {
      const over = ledger.operations.get(id)
      if (over?.kind === 'set' && over.stamp >= operation.stamp)
        world.fail('causality', `${operation.id} (${operation.stamp}) overwrites ${id} (${over.stamp})`)
      if (heads.has(id) && heads.has(operation.id))
        world.fail('causality', `${id} is shown beside ${operation.id}, which overwrote it`)
    }
  }
}

function checkViews({ world }: Stage, holdings: readonly Holding[]): void {
  const [first] = holdings
  for (const holding of holdings) {
    for (const id of Object.keys(first?.view ?? {})) {
      const [ours, theirs] = [JSON.stringify(first?.view[id]), JSON.stringify(holding.view[id])]
      if (ours !== theirs)
        world.fail(
          'convergence: equal operations, equal state',
          `${id} is ${ours} on ${first?.tab.name} and ${theirs} on ${holding.tab.name}`,
        )
    }
  }
}

/** Every cursor stands at the head of its log. */
function checkCursors({ world }: Stage, holdings: readonly Holding[], rows: readonly Row[]): void {
  for (const { tab, database } of holdings) {
    const spaces = tab.browser.storage.snapshot().get(database)?.sync_metadata.scan({}) as SpaceSync[]
    for (const space of spaces.filter(({ key }) => key.startsWith('s:'))) {
      const last = rows.filter((row) => row.projectId === space.projectId).at(-1)
      const seq = space.cursor === '0' ? 0 : Number(space.cursor.split('.')[1])
      if (seq !== (last?.seq ?? 0))
        world.fail(
          'liveness: queues empty and cursors arrive',
          `${tab.name} stands at ${space.cursor}, the log at ${last?.seq}`,
        )
    }
  }
}

/** What was kept of an answer became a message, whoever died. */
function checkDrafts({ world }: Stage, { tab, database, operations }: Holding): void {
  const drafts = tab.browser.storage.snapshot().get(database)?.drafts.scan({}) ?? []
  const left = (drafts as DraftRecord[]).filter(({ kind }) => kind === 'answer')
  if (left.length > 0)
    world.fail('liveness: an abandoned answer becomes a message', `${tab.name} still has ${left.length}`)
  const registers = new Set<string>()
  for (const operation of operations.values()) {
    if (operation.kind !== 'purge')
      registers.add(JSON.stringify([database, operation.conversationId, operation.register]))
  }
  for (const draft of tab.browser.store.memory.drafts) {
    if (draft.startsWith(`["${database}"`) && !registers.has(draft))
      world.fail('durability: a kept checkpoint is not lost', `${tab.name} lost ${draft}`)
  }
}

/** An operation in words. */
function describe({ ledger }: Stage, id: string): string {
  const operation = ledger.operations.get(id)
  if (operation === undefined) return id
  if (operation.kind === 'purge') return `purge ${id} of ${operation.names.join(', ')}`
  return `${operation.kind} ${id} of ${operation.conversationId} ${operation.register} over ${operation.overwrites.join(', ')}`
}
