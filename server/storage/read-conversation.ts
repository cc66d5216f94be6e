import type { ConversationMetadata } from '../../src/domain/conversation.ts'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Cursor } from '../../src/domain/ids.ts'
import { type ChatMessage, comparePlaces, isPresent } from '../../src/domain/message.ts'
import { messageRegister } from '../../src/domain/register.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { shownMessage } from '../projection/cell.ts'
import { gone, parseCursor, pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { storedToMetadata } from './list-conversations.ts'
import { SHOWN_COLUMNS, type ShownRow, type ShownRows, splitRows } from './log-row.ts'
import { seqOfCursor } from './points.ts'
import { firstOf, type Program, rowsOf } from './program.ts'
import { readRegisters } from './register-states.ts'
import { findConversation, findSpace, type SpaceHead } from './spaces.ts'
import { LIVE, lookUp, NOT_REPLACED } from './statement.ts'

export type ReadRequest = {
  readonly account: string
  readonly conversationId: string
  /** Needed only when several projects of the account have a conversation of this id. */
  readonly projectId: string | undefined
  /** Operations are shown up to here; absent: the head. */
  readonly cursor: Cursor | undefined
  /** `next` of the page before. */
  readonly before: string | undefined
  /** Most messages of a page. */
  readonly limit: number
  readonly maxBytes: number
}

export type ConversationPage = ShownRows & {
  readonly conversation: ConversationMetadata
  /** Shown messages of this page, the oldest first, as their authors made them. */
  readonly messages: readonly ChatMessage[]
  readonly cursor: Cursor
  readonly next: string | null
  readonly etag: string
}

/**
 * One conversation from its newest messages backwards: every operation and stub on the registers of a page's messages,
 * and on the first page also those of all other registers and the purges. Undefined when there is none, or all of it was
 * purged and no cursor is named; `sync/gone` for a cursor that the project's log does not hold, also of one that is not there.
 */
export function* readConversation(
  queries: Queries,
  request: ReadRequest,
): Program<ConversationPage | undefined> {
  const { db } = queries
  const { conversationId } = request
  const head = yield* findConversation(queries, request)
  if (head === undefined) return yield* notThere(queries, request)
  const stored = yield* firstOf(
    db
      .selectFrom('conversations')
      .where('space', '=', head.space)
      .where('id', '=', conversationId)
      .selectAll(),
  )
  if (stored === undefined) return undefined
  // What is deleted for ever is no conversation any more; a device that names a cursor wants its purges and stubs.
  if (stored.present !== 1 && request.cursor === undefined) return undefined
  const asked = parseCursor(request.cursor ?? pointToCursor(head))
  const until = request.cursor === undefined ? head.seq : yield* seqOfCursor(queries, head, request.cursor)
  const page = yield* readPageOfMessages(queries, head, request)
  const registers = new Set(page.registers)
  const rows = yield* readRows(queries, head, {
    conversationId,
    registers,
    until,
    isFirst: request.before === undefined,
  })
  const states = yield* readRegisters(queries, { space: head.space, conversationId, registers })
  const shown: { born: number; id: string; message: ChatMessage }[] = []
  for (const [register, { heads }] of states) {
    const found = registers.has(register) ? shownMessage(register, heads) : null
    if (found !== null && isPresent(found.value)) {
      shown.push({ born: found.born, id: register, message: found.value.message })
    }
  }
  return {
    ...splitRows(rows),
    conversation: storedToMetadata(stored.metadata, conversationId, head.projectId),
    messages: shown.sort(comparePlaces).map(({ message }) => message),
    // What is shown up to the cursor may lack what later rows took.
    cursor: asked === null ? CURSOR_ZERO : pointToCursor({ ...asked, shownAt: head }),
    next: page.next,
    etag: conversationEtag(head.epoch, stored.last_seq, stored.last_digest),
  }
}

/** A log that lost its end may have lost the conversation with it: to whoever knew more of the log, that it is not there says nothing. */
function* notThere(
  queries: Queries,
  { account, projectId, cursor }: Pick<ReadRequest, 'account' | 'projectId' | 'cursor'>,
): Program<undefined> {
  if (projectId === undefined || cursor === undefined) return
  const head = yield* findSpace(queries, { account, projectId })
  if (head !== undefined) yield* seqOfCursor(queries, head, cursor)
  else if (cursor !== CURSOR_ZERO) throw gone()
}

/** Validator of a conversation: changes with each row that is added for it. */
export function conversationEtag(epoch: string, lastSeq: number, lastDigest: string): string {
  return `"${epoch}.${lastSeq}.${lastDigest}"`
}

type MessagesPage = { readonly registers: readonly string[]; readonly next: string | null }

/** Registers of messages, the newest first, each where it stands lowest: so a walk backwards misses nothing while others write. */
function* readPageOfMessages(queries: Queries, head: SpaceHead, request: ReadRequest): Program<MessagesPage> {
  const before = request.before === undefined ? undefined : parsePlace(request.before)
  let query = queries.db
    .selectFrom('log')
    .where('space', '=', head.space)
    .where('conversation_id', '=', request.conversationId)
    .where('live', '=', LIVE)
    .where('born', 'is not', null)
    .where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(
          selectFrom('log as lower')
            .whereRef('lower.space', '=', 'log.space')
            .whereRef('lower.conversation_id', '=', 'log.conversation_id')
            .whereRef('lower.register', '=', 'log.register')
            .where('lower.live', '>', NOT_REPLACED)
            .where('lower.born', '<', ref('log.born'))
            .select('lower.seq'),
        ),
      ),
    )
    .orderBy('born', 'desc')
    .orderBy('register', 'desc')
    .limit(request.limit + 1)
    .select(['born', 'register', 'bytes'])
  if (before !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('born', '<', before.born),
        eb.and([eb('born', '=', before.born), eb('register', '<', messageRegister(before.id))]),
      ]),
    )
  }
  const rows = yield* rowsOf(query)
  const registers: string[] = []
  let [bytes, taken] = [0, 0]
  for (const { register, ...row } of rows) {
    bytes += row.bytes
    const isNew = registers.at(-1) !== register
    if (isNew && registers.length > 0 && (taken >= request.limit || bytes > request.maxBytes)) break
    if (isNew) registers.push(register)
    taken += 1
  }
  // What else there is of the last message comes with it: the next page begins below its place.
  const last = rows[taken - 1]
  if (last === undefined || (rows.length <= request.limit && taken === rows.length))
    return { registers, next: null }
  const place = JSON.stringify([last.born, last.register.slice(messageRegister('').length)])
  return { registers, next: Buffer.from(place).toString('base64url') }
}

function* readRows(
  queries: Queries,
  head: SpaceHead,
  page: { conversationId: string; registers: ReadonlySet<string>; until: number; isFirst: boolean },
): Program<readonly ShownRow[]> {
  const { conversationId, until } = page
  const live = () =>
    queries.db
      .selectFrom('log')
      .where('space', '=', head.space)
      .where('conversation_id', '=', conversationId)
      .where('live', '>', NOT_REPLACED)
      .where('seq', '<=', until)
      .select([...SHOWN_COLUMNS, 'seq'])
  const wanted = { column: 'register', texts: [...page.registers], rows: live }
  const rows = [...(yield* rowsOf(lookUp(queries, 'rows', [head.space, conversationId, until], wanted)))]
  // All that is no message's: the other registers, purges, and stubs whose sender did not know their register.
  if (page.isFirst) {
    rows.push(...(yield* rowsOf(live().where('register', '<', messageRegister('')))))
    rows.push(...(yield* rowsOf(live().where('register', '>=', 'message;'))))
  }
  return rows.sort((a, b) => a.seq - b.seq)
}

function parsePlace(text: string): { readonly born: number; readonly id: string } {
  try {
    const [born, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (Number.isSafeInteger(born) && typeof id === 'string') return { born: born as number, id }
  } catch {
    // Not one of ours: refused below.
  }
  throw new ChatkeepError('input/invalid', '`before` is not the `next` of an earlier page.', {
    details: { path: 'before' },
  })
}
