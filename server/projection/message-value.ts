import { isId } from '../../src/domain/ids.ts'
import { MESSAGE_STATUSES, type MessageValue, type PresentMessage } from '../../src/domain/message.ts'
import { MAX_STAMP } from '../../src/domain/operation.ts'

/**
 * A stored value of a message register that can be read as one, else null: bodies come from clients and are not checked on
 * arrival, since a later version may hold more. The client shows the same ones.
 */
export function parseMessageValue(value: unknown): MessageValue | null {
  if (!isObject(value)) return null
  const { parentId, born, removed, createdAt, status, message } = value
  if (typeof born !== 'number' || !Number.isInteger(born) || born < 0 || born > MAX_STAMP) return null
  if (!(parentId === null || isId(parentId))) return null
  if (removed === true) return { parentId, born, removed }
  if (!MESSAGE_STATUSES.some((each) => each === status) || typeof createdAt !== 'number') return null
  if (!isObject(message) || typeof message.id !== 'string' || typeof message.role !== 'string') return null
  if (Array.isArray(message.parts) && !message.parts.every(isObject)) return null
  return value as PresentMessage
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number as whole milliseconds that every database column holds; anything else is 0. */
export function toMilliseconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0
  return Math.min(Math.max(0, Math.floor(value)), 2 ** 52)
}
