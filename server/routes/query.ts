import { type Cursor, isId } from '../../src/domain/ids.ts'
import { cursorSchema } from '../../src/domain/wire.ts'
import { invalid, parseWith } from '../request-body.ts'

/** `?projectId=`; throws `input/invalid` when it is missing or cannot name a project. */
export function requiredProjectId(projectId: string | undefined): string {
  if (!isId(projectId)) throw invalid('projectId', 'projectId: expected the name of a project.')
  return projectId
}

export function optionalProjectId(projectId: string | undefined): string | undefined {
  return projectId === undefined ? undefined : requiredProjectId(projectId)
}

export function optionalCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined
  try {
    return parseWith(cursorSchema, cursor)
  } catch {
    throw invalid('cursor', 'cursor: expected a cursor as the server gave it.')
  }
}

/** `?limit=` as a whole number from 1 up to `max`; a larger one is cut, as clients may not know this server's limits yet. */
export function pageLimit(limit: string | undefined, fallback: number, max: number): number {
  if (limit === undefined) return Math.min(fallback, max)
  if (!/^\d{1,9}$/.test(limit) || Number(limit) < 1)
    throw invalid('limit', 'limit: expected a whole number from 1.')
  return Math.min(Number(limit), max)
}
