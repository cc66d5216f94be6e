import type { Cursor } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { type Appended, appendOperations, type Before, readBefore } from './append.ts'
import { gone } from './cursor.ts'
import type { Queries } from './engine.ts'
import { type Program, together } from './program.ts'
import {
  findAndLockSpace,
  findOrCreateSpace,
  membersOf,
  type NewSpace,
  type ProjectKey,
  type SpaceHead,
} from './spaces.ts'

export type AppendedToProject = Appended & {
  /** Empty: there is none, and nothing was to be appended. */
  readonly space: string
  readonly isNewSpace: boolean
  /** Everyone who may see it. */
  readonly members: readonly string[]
}

const NOTHING: AppendedToProject = {
  accepted: [],
  held: [],
  head: CURSOR_ZERO,
  added: 0,
  space: '',
  isNewSpace: false,
  members: [],
}

/**
 * Appends operations to a project, whose space is created when there is something to append; call it inside a writing transaction. With the
 * space that the project had when it was last seen, what the operations meet is asked for along with the lock, behind it; if it is
 * another space by now, it is asked for again.
 */
export function* appendToProject(
  queries: Queries,
  request: {
    readonly project: ProjectKey
    readonly cursor: Cursor
    readonly operations: readonly Operation[]
    readonly now: number
    readonly fresh: NewSpace
    readonly lastSpace: string | undefined
  },
): Program<AppendedToProject> {
  const { project, cursor, operations, now, fresh, lastSpace } = request
  const [existing, met] = yield* together<[SpaceHead | undefined, Met | undefined]>(
    findAndLockSpace(queries, project),
    lastSpace === undefined ? nothing() : meet(queries, { space: lastSpace, cursor, operations }),
  )
  if (existing === undefined && cursor !== CURSOR_ZERO) throw gone()
  if (existing === undefined && operations.length === 0) return NOTHING
  const head = existing ?? (yield* findOrCreateSpace(queries, project, fresh))
  const { space } = head
  const { before, members } =
    met?.before.space === space ? met : yield* meet(queries, { space, cursor, operations })
  const appended = yield* appendOperations(queries, { head, before, operations, now })
  return { ...appended, space, isNewSpace: existing === undefined, members }
}

type Met = { readonly before: Before; readonly members: readonly string[] }

function* meet(queries: Queries, asked: Parameters<typeof readBefore>[1]): Program<Met> {
  const [before, members] = yield* together<[Before, readonly string[]]>(
    readBefore(queries, asked),
    membersOf(queries, asked.space),
  )
  return { before, members }
}

/** A program that asks nothing. */
function* nothing(): Program<undefined> {}
