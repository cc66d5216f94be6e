import { randomBytes } from 'node:crypto'
import type { Cursor, OperationId } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import type { PlainBody } from '../plain/plain-body.ts'
import { type Appended, appendOperations, readBefore } from './append.ts'
import { appendToProject } from './append-to-project.ts'
import { compactSpace, spacesToCompact } from './compact.ts'
import { pointToCursor } from './cursor.ts'
import type { Engine } from './engine.ts'
import { eraseAccount, isErased } from './erase-account.ts'
import { followProject } from './follow-project.ts'
import { type ConversationList, type ListRequest, listConversations } from './list-conversations.ts'
import { accountToKey, projectToKey, spaceToKey } from './notification-keys.ts'
import { firstOf } from './program.ts'
import { purgesOfConversation } from './purge-conversation.ts'
import {
  type ConversationPage,
  conversationEtag,
  type ReadRequest,
  readConversation,
} from './read-conversation.ts'
import { type DeltaPage, type DeltaRequest, readDelta } from './read-delta.ts'
import { type EtagMatches, type SavePlainOutcome, savePlain } from './save-plain.ts'
import {
  findConversation,
  findSpace,
  headsOfAccount,
  listProjects,
  lockSpace,
  membersOf,
  type NewSpace,
  type ProjectKey,
} from './spaces.ts'

/**
 * What the cloud keeps. Every call names the account; what is not the account's is as if it did not exist. Each writing
 * call is one transaction; calls that name a cursor reject with `sync/gone`, and store nothing, when it does not match.
 */
export type ChatStorage = {
  /** Appends operations, creating the project's space when there is something to append. */
  append(
    request: ProjectKey & { cursor: Cursor; operations: readonly Operation[]; now: number },
  ): Promise<Appended>
  readDelta(request: DeltaRequest): Promise<DeltaPage>
  listConversations(request: ListRequest): Promise<ConversationList>
  /** Undefined when the account has no such conversation, or it was purged. */
  readConversation(request: ReadRequest): Promise<ConversationPage | undefined>
  /** Saves the plain form; `mismatch` and `purged` have written nothing. */
  savePlain(request: {
    account: string
    conversationId: string
    body: PlainBody
    matches: EtagMatches
    now: number
  }): Promise<Pick<SavePlainOutcome, 'outcome' | 'added'>>
  /** Purges all of a conversation. `absent`: nothing (left) to purge. `mismatch` has written nothing. */
  purgeConversation(request: {
    account: string
    conversationId: string
    projectId: string | undefined
    matches: EtagMatches
    now: number
  }): Promise<'purged' | 'absent' | 'mismatch'>
  /**
   * Drops values that were overwritten by what was received before a point in time; stubs stay. Answers how many. Many short transactions:
   * `isStopped` is asked between them.
   */
  compact(request: { receivedBefore: number; isStopped?: () => boolean }): Promise<number>
  /** Erases everything that the account keeps; from then on it is gone here. */
  eraseAccount(request: { account: string; now: number }): Promise<void>
  isErased(account: string): Promise<boolean>
  /** Names of the account's projects, in order. */
  listProjects(account: string): Promise<readonly string[]>
  /** The end of the project's log; cursor zero for one that nobody has written to. */
  head(project: ProjectKey): Promise<Cursor>
  /** The ends of the logs of all the account's projects, by project. */
  heads(account: string): Promise<ReadonlyMap<string, Cursor>>
  /** Calls back after each change of any project that the account may see. */
  subscribeAccount(account: string, changed: () => void): () => void
  /** Calls back after each change of the project, by any server process. Several changes may be told as one. */
  subscribe(project: ProjectKey, changed: () => void): Promise<() => void>
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Projects whose space is remembered. */
const MAX_LAST_SPACES = 10_000

/** The storage on an engine; the same programs run on every database. `random` makes bytes for ids that nobody can guess. */
export function createChatStorage(
  engine: Engine,
  random: (size: number) => Buffer = randomBytes,
): ChatStorage {
  const newId = () => random(16).toString('base64url') as OperationId
  /** Where projects were last written to, by key. Only a guess: another process may have erased or made them. */
  const lastSpaces = new Map<string, string>()
  const freshSpace = (now: number): NewSpace => ({
    space: random(16).toString('base64url'),
    epoch: random(9).toString('base64url'),
    now,
  })

  function announce(
    project: ProjectKey | undefined,
    written: { space: string; isNewSpace: boolean; added: number; members: readonly string[] },
  ) {
    if (written.added === 0) return
    const keys = [spaceToKey(written.space), ...written.members.map(accountToKey)]
    if (written.isNewSpace && project !== undefined) keys.push(projectToKey(project))
    engine.publish(keys)
  }

  return {
    async append({ account, projectId, cursor, operations, now }) {
      const project = { account, projectId }
      const fresh = freshSpace(now)
      const key = projectToKey(project)
      const lastSpace = lastSpaces.get(key)
      const { isNewSpace, space, members, ...appended } = await engine.write((queries) =>
        appendToProject(queries, { project, cursor, operations, now, fresh, lastSpace }),
      )
      if (space !== lastSpace && space !== '') {
        if (lastSpaces.size >= MAX_LAST_SPACES) lastSpaces.clear()
        lastSpaces.set(key, space)
      }
      announce(project, { space, isNewSpace, added: appended.added, members })
      return appended
    },
    readDelta: (request) => engine.read((queries) => readDelta(queries, request)),
    listConversations: (request) => engine.read((queries) => listConversations(queries, request)),
    readConversation: (request) => engine.read((queries) => readConversation(queries, request)),
    async savePlain(request) {
      const fresh = freshSpace(request.now)
      const saved = await engine.write((queries) => savePlain(queries, { ...request, newId, fresh }))
      const members = await engine.read((queries) => membersOf(queries, saved.space))
      announce({ account: request.account, projectId: request.body.projectId }, { ...saved, members })
      return saved
    },
    async purgeConversation({ account, conversationId, projectId, matches, now }) {
      const done = await engine.write(function* (queries) {
        const found = yield* findConversation(queries, { account, conversationId, projectId })
        if (found === undefined) return { outcome: 'absent' as const, space: '', added: 0 }
        const head = yield* lockSpace(queries, found.space)
        const { space, epoch } = head
        const stored = yield* firstOf(
          queries.db
            .selectFrom('conversations')
            .where('space', '=', space)
            .where('id', '=', conversationId)
            .selectAll(),
        )
        const isPresent = stored?.present === 1
        if (isPresent && !matches(conversationEtag(epoch, stored.last_seq, stored.last_digest))) {
          return { outcome: 'mismatch' as const, space, added: 0 }
        }
        const operations = yield* purgesOfConversation(queries, { space, conversationId, newId })
        const before = yield* readBefore(queries, { space, operations })
        const { added } = yield* appendOperations(queries, { head, before, operations, now })
        return { outcome: isPresent ? ('purged' as const) : ('absent' as const), space, added }
      })
      const members = await engine.read((queries) => membersOf(queries, done.space))
      announce(undefined, { ...done, isNewSpace: false, members })
      return done.outcome
    },
    async compact({ receivedBefore, isStopped = () => false }) {
      let stripped = 0
      for (const space of await engine.read(spacesToCompact)) {
        for (let isDone = false; !isDone && !isStopped(); ) {
          const part = await engine.write((queries) => compactSpace(queries, { space, receivedBefore }))
          stripped += part.stripped
          isDone = part.isDone
        }
      }
      return stripped
    },
    async eraseAccount({ account, now }) {
      await engine.write((queries) => eraseAccount(queries, account, now))
      engine.publish([accountToKey(account)])
    },
    isErased: (account) => engine.read((queries) => isErased(queries, account)),
    listProjects: (account) => engine.read((queries) => listProjects(queries, account)),
    async head(project) {
      const found = await engine.read((queries) => findSpace(queries, project))
      return found === undefined ? CURSOR_ZERO : pointToCursor(found)
    },
    async heads(account) {
      const heads = await engine.read((queries) => headsOfAccount(queries, account))
      return new Map(heads.map((head) => [head.projectId, pointToCursor(head)]))
    },
    subscribeAccount: (account, changed) => engine.subscribe(accountToKey(account), changed),
    subscribe: (project, changed) => followProject(engine, project, changed),
    async ping() {
      await engine.read(function* ({ db }) {
        yield* firstOf(db.selectFrom('spaces').select('id').limit(1))
      })
    },
    close: () => engine.close(),
  }
}
