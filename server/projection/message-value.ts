import type { MessageValue, PresentMessage } from '../../src/domain/message.ts'

/** A stored value of a message register that can be read as one, else null: bodies come from clients and are not checked on arrival. */
export function parseMessageValue(value: unknown): MessageValue | null {
  if (!isObject(value)) return null
  const { parentId, born, removed, message } = value
  if (typeof born !== 'number' || !(parentId === null || typeof parentId === 'string')) return null
  if (removed === true) return { parentId, born, removed }
  if (removed !== undefined || !isObject(message)) return null
  if (typeof message.id !== 'string' || typeof message.role !== 'string') return null
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
