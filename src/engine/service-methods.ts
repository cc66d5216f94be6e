import { assertJson } from '../domain/json.ts'
import { unpackPage } from '../domain/packed-page.ts'
import type { CommandResult, ConversationCommand } from '../domain/service/command.ts'
import type { AppendMessages } from '../domain/service/message-commands.ts'
import type { LoadQuery } from '../domain/service/message-page.ts'
import type { ConversationService } from '../domain/service.ts'
import type { SyncStatus } from '../domain/sync-status.ts'
import type { Clock } from '../ports/clock.ts'
import { absorbOperations, readOperations } from './absorb.ts'
import { createActs } from './acts.ts'
import type { Use } from './announce.ts'
import { appendMessages } from './append.ts'
import type { CommandUnit } from './command-unit.ts'
import { composerKey, composerText, saveComposer } from './composer.ts'
import { listConflicts } from './conflicts.ts'
import * as conversations from './conversation-commands.ts'
import * as drafts from './drafts.ts'
import type { Freeing } from './freeing/freeing.ts'
import { importConversations } from './import-conversations.ts'
import { latestConversation, listConversations, listProjects } from './list-conversations.ts'
import { recordToMetadata } from './listed.ts'
import { readMessages } from './load-messages.ts'
import * as messages from './message-commands.ts'
import { checkMessages } from './message-input.ts'
import type { OpenDatabase } from './open-database.ts'
import { type PreparedConversation, prepareConversation } from './prepare-import.ts'
import { type ReadConversation, readTexts } from './read-import.ts'
import { resolveConflict } from './resolve-conflict.ts'
import type { Retention } from './retention/retention.ts'
import { saveMessages } from './save-messages.ts'
import { syncMethods } from './sync/methods.ts'
import type { Sync } from './sync/sync.ts'
import * as trash from './trash-commands.ts'
import type { Wake } from './wake.ts'

/** Every method of the service, over units of work. */
export function createMethods(parts: {
  readonly database: OpenDatabase
  readonly clock: Clock
  readonly sync: Sync
  readonly retention: Retention
  readonly freeing: Freeing
  readonly wake: Wake
}): ConversationService {
  const { database, clock, sync, retention, freeing, wake } = parts
  const { read, reading, command, bulk, relaxed } = createActs(database)

  const readPage = (query: LoadQuery) => read((tx) => readMessages(tx, query, database.trees))

  const onConversation =
    <C extends ConversationCommand>(work: (unit: CommandUnit, argument: C) => Promise<CommandResult>) =>
    (argument: C) =>
      command(argument.mutationId, (unit) => work(unit, argument))

  async function withAutomation(status: SyncStatus): Promise<SyncStatus> {
    const automation = await retention.status()
    return automation === undefined ? status : { ...status, automation }
  }

  return {
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
        prepared.set(imported, prepareConversation(imported, author, clock.now(), database.foldLimits))
      const { mutationId } = argument
      const run = (unit: CommandUnit) => importConversations(unit, { ...argument, conversations }, prepared)
      if (argument.relaxed !== true) return command(mutationId, run)
      return bulk(mutationId, run, ({ tx }) => {
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
    saveComposer: (draft) => relaxed((unit) => saveComposer(unit, draft)),
    loadComposer: ({ conversationId }) =>
      read(async (tx) => ({
        text: composerText(await tx.get('drafts', composerKey(conversationId))),
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
}

function usesOf({ conversationId, messages }: AppendMessages): readonly Use[] {
  return [{ conversationId, messageIds: messages.slice(0, 20).map(({ message }) => message.id) }]
}
