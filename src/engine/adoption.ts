import { ChatkeepError } from '../domain/errors.ts'
import type { MutationId } from '../domain/ids.ts'
import type { OperationsPage } from '../domain/service/moving.ts'
import { absorbOperations, readOperations } from './absorb.ts'
import type { CommandUnit } from './command-unit.ts'
import type { OpenDatabase } from './open-database.ts'

/**
 * Moves everything of an anonymous database into an account's: mark it moved (saves there are refused from then on and repeated by the
 * page in the account's), copy by operation id, verify, and only then say that it may be deleted. Repeating it from any point is safe.
 * Answers false while an answer is still being written there: the move waits for it to end or to be recovered.
 */
export async function adopt(from: OpenDatabase, to: OpenDatabase): Promise<boolean> {
  const marked = await from.command('strict', async (unit) => {
    const drafts = await unit.tx.scan('drafts')
    const answers = drafts.filter(({ kind }) => kind === 'answer')
    if (answers.length > 0) return false
    await unit.tx.put('settings', { name: 'state', value: { kind: 'moved', to: to.name } })
    return true
  })
  if (!marked) return false
  // First, so that a page that repeats a command in the account's database finds that it was done.
  await copyTheRest(from, to)
  let after: string | undefined
  for (;;) {
    const query = after === undefined ? {} : { after }
    const page: OperationsPage = await from.command('relaxed', (unit) => readOperations(unit, query))
    await to.command('strict', (unit) => absorbOperations(unit, { mutationId: '' as MutationId, ...page }))
    await to.command('relaxed', (unit) => verify(unit, page))
    if (page.next === null) break
    after = page.next
  }
  return true
}

/** Unsent texts, settings of the app, and results of commands, so that a page's repeat finds its result. */
async function copyTheRest(from: OpenDatabase, to: OpenDatabase): Promise<void> {
  const rest = await from.read(['drafts', 'settings', 'mutations'], async (tx) => ({
    drafts: await tx.scan('drafts'),
    settings: (await tx.scan('settings')).filter(({ name }) => name.startsWith('app:')),
    mutations: await tx.scan('mutations'),
  }))
  await to.command('strict', async ({ tx }) => {
    for (const draft of rest.drafts) {
      const known = await tx.get('drafts', [draft.conversationId, draft.messageId])
      if (known === undefined) await tx.put('drafts', draft)
    }
    for (const setting of rest.settings) {
      if ((await tx.get('settings', setting.name)) === undefined) await tx.put('settings', setting)
    }
    for (const mutation of rest.mutations) await tx.put('mutations', mutation)
  })
}

/** Every operation of the page has to be in the target before its source may go. */
async function verify(unit: CommandUnit, page: OperationsPage): Promise<void> {
  for (const { conversationId, projectId, operations } of page.conversations) {
    const state = await unit.anyConversation(conversationId, projectId)
    for (const operation of operations) {
      const arrived =
        operation.kind === 'purge'
          ? state.purges.has(operation.id)
          : (await unit.levelOf(operation)) !== 'unknown'
      if (arrived) continue
      throw new ChatkeepError(
        'storage/corrupt',
        'Conversations could not be moved to the account: an operation did not arrive. The originals are untouched; it is tried again.',
        { retryable: true, details: { conversationId, operationId: operation.id } },
      )
    }
  }
}
