import type { OperationId } from '../../src/domain/ids.ts'
import type { PlainBody } from '../plain/plain-body.ts'
import { plainToOperations, registersOfPlain } from '../plain/plain-to-operations.ts'
import type { StoredMetadata } from '../projection/metadata.ts'
import { appendOperations, readBefore } from './append.ts'
import type { Queries } from './engine.ts'
import { firstOf, type Program } from './program.ts'
import { conversationEtag } from './read-conversation.ts'
import { readRegisters } from './register-states.ts'
import { findOrCreateSpace, findSpace, lockSpace, type NewSpace } from './spaces.ts'

/** Decides whether the state that the caller has seen is the current one; undefined when there is no conversation. */
export type EtagMatches = (etag: string | undefined) => boolean

export type SavePlainRequest = {
  readonly account: string
  readonly conversationId: string
  readonly body: PlainBody
  readonly matches: EtagMatches
  readonly now: number
  readonly newId: () => OperationId
  readonly fresh: NewSpace
}

export type SavePlainOutcome = {
  /** `mismatch`: the caller has not seen the current state. `purged`: the conversation was deleted. Neither writes. */
  readonly outcome: 'created' | 'saved' | 'mismatch' | 'purged'
  readonly space: string
  readonly isNewSpace: boolean
  readonly added: number
}

/** Saves one conversation from the plain form; call it inside a writing transaction. */
export function* savePlain(queries: Queries, request: SavePlainRequest): Program<SavePlainOutcome> {
  const { conversationId, body } = request
  const key = { account: request.account, projectId: body.projectId }
  const existing = yield* findSpace(queries, key)
  const nothing = { space: existing?.space ?? '', isNewSpace: false, added: 0 }
  if (existing === undefined && !request.matches(undefined)) return { ...nothing, outcome: 'mismatch' }
  const { space, isNew: isNewSpace } = existing
    ? { ...existing, isNew: false }
    : yield* findOrCreateSpace(queries, key, request.fresh)
  const head = yield* lockSpace(queries, space)
  const stored = yield* firstOf(
    queries.db
      .selectFrom('conversations')
      .where('space', '=', space)
      .where('id', '=', conversationId)
      .selectAll(),
  )
  const isPresent = stored?.present === 1
  const etag = isPresent ? conversationEtag(head.epoch, stored.last_seq, stored.last_digest) : undefined
  if (!request.matches(etag)) return { ...nothing, outcome: 'mismatch' }
  if (stored !== undefined && !isPresent) return { ...nothing, outcome: 'purged' }

  const registers = yield* readRegisters(queries, {
    space,
    conversationId,
    registers: registersOfPlain(body),
  })
  const title = stored && (JSON.parse(stored.metadata) as StoredMetadata).title
  const operations = plainToOperations(body, { registers, title }, request)
  const before = yield* readBefore(queries, { space, operations })
  const { added } = yield* appendOperations(queries, { head, before, operations, now: request.now })
  return { outcome: isPresent ? 'saved' : 'created', space, isNewSpace, added }
}
