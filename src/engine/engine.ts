import { isServiceMethod, parseArgument } from '../domain/arguments.ts'
import { ChatkeepError } from '../domain/errors.ts'
import type { MutationId } from '../domain/ids.ts'
import { assertJson } from '../domain/json.ts'
import { unpackPage } from '../domain/packed-page.ts'
import type { CommandResult, ConversationCommand } from '../domain/service/command.ts'
import type { AppendMessages } from '../domain/service/message-commands.ts'
import type { LoadQuery } from '../domain/service/message-page.ts'
import type { ConversationService } from '../domain/service.ts'
import type { SyncStatus, WakeReason } from '../domain/sync-status.ts'
import type { Clock } from '../ports/clock.ts'
import type { Disk } from '../ports/disk.ts'
import type { Locks } from '../ports/locks.ts'
import type { MutationRecord, StoreName } from '../ports/records.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { absorbOperations, readOperations } from './absorb.ts'
import { announceCommand, announceConversation, type Use } from './announce.ts'
import { appendMessages } from './append.ts'
import { choresDue } from './chores.ts'
import type { CommandUnit } from './command-unit.ts'
import { listConflicts } from './conflicts.ts'
import * as conversations from './conversation-commands.ts'
import { assertOpen } from './database-state.ts'
import * as drafts from './drafts.ts'
import { createFreeing } from './freeing/freeing.ts'
import { UNKNOWN_DISK } from './freeing/pressure.ts'
import { createHousekeeping } from './housekeeping.ts'
import { importConversations } from './import-conversations.ts'
import { latestConversation, listConversations, listProjects } from './list-conversations.ts'
import { recordToMetadata } from './listed.ts'
import { readMessages } from './load-messages.ts'
import { withMending } from './mending/with-mending.ts'
import * as messages from './message-commands.ts'
import { checkMessages } from './message-input.ts'
import type { OpenDatabase } from './open-database.ts'
import { type PreparedConversation, prepareConversation } from './prepare-import.ts'
import { type ReadConversation, readTexts } from './read-import.ts'
import { resolveConflict } from './resolve-conflict.ts'
import { createRetention } from './retention/retention.ts'
import { saveMessages } from './save-messages.ts'
import { syncMethods } from './sync/methods.ts'
import type { Sync } from './sync/sync.ts'
import * as trash from './trash-commands.ts'

export type Engine = {
  readonly database: OpenDatabase
  /** Answers a method of `ConversationService`; rejects with a `ChatkeepError`. */
  call(method: string, argument: unknown): Promise<unknown>
  /** Recovers, drains and tidies up; answers when it is due next. */
  wake(reason: WakeReason): Promise<{ readonly dueAt: number | null; readonly settled: boolean }>
  close(): Promise<void>
}

export type EngineParts = {
  readonly database: OpenDatabase
  readonly sync: Sync
  readonly clock: Clock
  readonly locks: Locks
  /** Absent: nobody knows how full it is. */
  readonly disk?: Disk
}

const READ_STORES: readonly StoreName[] = [
  'conversations',
  'messages',
  'packs',
  'drafts',
  'blobs',
  'settings',
  'sync_metadata',
]

/** The engine of one database: every method of the service, over units of work. */
export function createEngine({ database, sync, clock, locks, disk = UNKNOWN_DISK }: EngineParts): Engine {
  const housekeeping = createHousekeeping({ database, clock, locks })
  const freeing = createFreeing({ database, clock, disk, canFetch: sync.canFetch })
  database.whenFull(freeing)
  const retention = createRetention({ database, clock, locks, cloudTime: () => sync.cloudTime() })

  function read<T>(work: (tx: ReadTransaction) => Promise<T>): Promise<T> {
    return database.read(READ_STORES, async (tx) => {
      const [result, state] = await Promise.all([work(tx), tx.get('settings', 'state')])
      assertOpen(database.name, state)
      return result
    })
  }

  const readPage = (query: LoadQuery) => read((tx) => readMessages(tx, query, database.trees))

  /** Reads again once what is damaged of a conversation is set aside. */
  function reading<T>(conversationId: string, work: () => Promise<T>): Promise<T> {
    return withMending((touched) => {
      touched.add(conversationId)
      return work()
    }, database.mend)
  }

  /** One act, once: its effect and its result are written together, and a repeat gets the result. */
  function command<T>(
    mutationId: MutationId,
    work: (unit: CommandUnit) => Promise<T>,
    uses: readonly Use[] = [],
  ): Promise<T> {
    return database.command('strict', once(mutationId, work), ({ tx }) => {
      announceCommand(tx, mutationId)
      for (const use of uses) announceConversation(tx, use)
    })
  }

  const once =
    <T>(mutationId: MutationId, work: (unit: CommandUnit) => Promise<T>) =>
    async (unit: CommandUnit): Promise<T> => {
      const [state, known] = await Promise.all([
        unit.tx.get('settings', 'state'),
        unit.tx.get('mutations', mutationId),
      ])
      // Before anything else: whoever repeats an act that was done hears so, wherever the conversations went since.
      if (known !== undefined) return known.result as T
      assertOpen(database.name, state)
      const result = await work(unit)
      const record: MutationRecord = { mutationId, createdAt: unit.now, result }
      await unit.tx.put('mutations', record)
      return result
    }

  function relaxed<T>(work: (unit: CommandUnit) => Promise<T>): Promise<T> {
    const run = async (unit: CommandUnit) => {
      assertOpen(database.name, await unit.tx.get('settings', 'state'))
      return work(unit)
    }
    return database.command('relaxed', run, ({ tx }) => tx.willGet('settings', 'state'))
  }

  const onConversation =
    <C extends ConversationCommand>(work: (unit: CommandUnit, argument: C) => Promise<CommandResult>) =>
    (argument: C) =>
      command(argument.mutationId, (unit) => work(unit, argument))

  const methods: ConversationService = {
    listConversations: (query) => read((tx) => listConversations(tx, query)),
    getConversation: ({ conversationId }) =>
      read(async (tx) => {
        const record = await tx.get('conversations', conversationId)
        return record === undefined || record.shelf === 'gone' ? null : recordToMetadata(record)
      }),
    latestConversation: ({ projectId }) => read((tx) => latestConversation(tx, projectId)),
    loadMessages: (query) =>
      reading(query.conversationId, async () => unpackPage(await readPage(query), query)),
    readMessages: (query) => reading(query.conversationId, () => readPage(query)),
    listProjects: () => read(listProjects),

    createConversation: onConversation(conversations.createConversation),
    async appendMessages(argument) {
      checkMessages(argument.messages)
      return command(argument.mutationId, (unit) => appendMessages(unit, argument), usesOf(argument))
    },
    async saveMessages(argument) {
      checkMessages(argument.messages)
      return command(argument.mutationId, (unit) => saveMessages(unit, argument))
    },
    async importConversations(argument) {
      for (const imported of argument.conversations) checkMessages(imported.messages)
      return command(argument.mutationId, (unit) => importConversations(unit, argument))
    },
    async importTexts(argument) {
      const conversations = argument.conversations.map(readTexts)
      const author = database.author(argument.mutationId)
      const prepared = new Map<ReadConversation, PreparedConversation>()
      for (const imported of conversations)
        prepared.set(imported, prepareConversation(imported, author, clock.now()))
      const { mutationId } = argument
      const run = (unit: CommandUnit) => importConversations(unit, { ...argument, conversations }, prepared)
      if (argument.relaxed !== true) return command(mutationId, run)
      return database.bulk(once(mutationId, run), ({ tx }) => {
        announceCommand(tx, mutationId)
        for (const { id } of conversations) tx.willAdd('conversations', id)
      })
    },
    async editMessage(argument) {
      checkMessages([argument.message])
      return command(argument.mutationId, (unit) => messages.editMessage(unit, argument))
    },
    removeMessage: onConversation(messages.removeMessage),
    renameConversation: onConversation(conversations.renameConversation),
    setTag: onConversation(conversations.setTag),
    setArchived: onConversation(conversations.setArchived),
    setPinned: onConversation(conversations.setPinned),
    trashConversation: onConversation(trash.trashConversation),
    restoreConversation: onConversation(trash.restoreConversation),
    purgeConversation: onConversation(trash.purgeConversation),
    selectLeaf: onConversation(messages.selectLeaf),
    async conflicts({ conversationId }) {
      const record = await read((tx) => tx.get('conversations', conversationId))
      const isAny = record !== undefined && record.conflicts.length > 0
      const conflicts = isAny ? await relaxed((unit) => listConflicts(unit, conversationId)) : []
      return { revision: record?.revision ?? 0, conflicts }
    },
    resolveConflict: (argument) => command(argument.mutationId, (unit) => resolveConflict(unit, argument)),
    clearProject: (argument) => command(argument.mutationId, (unit) => trash.clearProject(unit, argument)),

    async checkpointDraft(draft) {
      checkMessages([{ message: draft.message }])
      return relaxed((unit) => drafts.checkpointDraft(unit, draft))
    },
    async finishDraft(argument) {
      checkMessages([argument.message])
      return command(argument.mutationId, (unit) => drafts.finishDraft(unit, argument))
    },
    stopDraft: ({ conversationId, messageId }) =>
      relaxed((unit) => drafts.stopDraft(unit, conversationId, messageId)),
    saveComposer: (draft) => relaxed((unit) => drafts.saveComposer(unit, draft)),
    loadComposer: ({ conversationId }) =>
      read(async (tx) => ({
        text: drafts.composerText(await tx.get('drafts', drafts.composerKey(conversationId))),
      })),

    getSetting: ({ name }) =>
      read(async (tx) => ({ value: (await tx.get('settings', `app:${name}`))?.value ?? null })),
    async setSetting({ name, value }) {
      assertJson(value, 'value')
      await relaxed((unit) => unit.tx.put('settings', { name: `app:${name}`, value }).then(() => undefined))
    },

    ...syncMethods(sync),
    status: async () => withAutomation(await sync.status()),
    syncNow: async () => withAutomation(await sync.syncNow()),
    getRetention: ({ projectId }) => retention.policy(projectId),
    setRetention: ({ projectId, policy }) => retention.setPolicy(projectId, policy),
    async confirmAutomation() {
      await retention.confirm()
      await retention.run()
    },
    freeSpace: () => freeing.freeAll(),
    async wake({ reason, projectId }) {
      if (projectId !== undefined && reason !== 'project')
        await relaxed((unit) => unit.applyOperations(projectId, [])) // Makes it known.
      const isScoped = reason === 'poke' || reason === 'project' // Whatever else wakes the queue is about all projects.
      const { dueAt } = await wake(reason, isScoped ? projectId : undefined)
      return { dueAt }
    },

    readOperations: (query) => relaxed((unit) => readOperations(unit, query)),
    absorbOperations: (argument) => command(argument.mutationId, (unit) => absorbOperations(unit, argument)),
  }

  async function withAutomation(status: SyncStatus): Promise<SyncStatus> {
    const automation = await retention.status()
    return automation === undefined ? status : { ...status, automation }
  }

  function usesOf({ conversationId, messages }: AppendMessages): readonly Use[] {
    return [{ conversationId, messageIds: messages.slice(0, 20).map(({ message }) => message.id) }]
  }

  /** Whatever is asked of a conversation: somebody has it in hand. */
  function noteOpened(argument: unknown): void {
    if (typeof argument !== 'object' || argument === null || !('conversationId' in argument)) return
    if (typeof argument.conversationId === 'string') freeing.noteOpened(argument.conversationId)
  }

  async function wake(
    reason: WakeReason,
    projectId?: string,
  ): Promise<{ dueAt: number | null; settled: boolean }> {
    const stores = reason === 'save' ? (['settings'] as const) : (['settings', 'drafts'] as const)
    const [state, stored] = await database.read(stores, (tx) =>
      Promise.all([tx.get('settings', 'state'), reason === 'save' ? [] : tx.scan('drafts')]),
    )
    assertOpen(database.name, state)
    const leaseDueAt = await housekeeping.recoverDrafts(stored)
    const drained = await sync.drain(reason, projectId)
    await housekeeping.foldLongTails()
    if (reason !== 'save') {
      const due = await choresDue(database, clock)
      if (due.rules) await retention.run()
      if (due.oldCopies) await housekeeping.compact()
      if (due.room) await freeing.keepRoom()
      if (due.files) await housekeeping.collectFiles()
    }
    if (reason === 'start' || reason === 'activate') await housekeeping.forgetOldMutations()
    const due = [drained.dueAt, leaseDueAt].filter((at) => at !== null)
    return { dueAt: due.length === 0 ? null : Math.min(...due), settled: drained.settled }
  }

  return {
    database,
    async call(method, argument) {
      if (!isServiceMethod(method)) {
        throw new ChatkeepError(
          'rpc/unsupported',
          `This build knows no method ${method}. Nothing was done; reload the page.`,
          {
            details: { method },
          },
        )
      }
      const run = methods[method] as (argument: unknown) => Promise<unknown>
      const parsed = parseArgument(method, argument)
      noteOpened(parsed)
      return run(parsed)
    },
    wake,
    close: () => database.storage.close(),
  }
}
