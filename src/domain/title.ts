import { type Authorship, parseAuthorship } from './authorship.ts'

/**
 * The text of a title's value, which is `{title, by}` or, as plain servers write it, a bare text; undefined when there is none, or one
 * of a later version.
 */
export function titleText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('title' in value)) return undefined
  return typeof value.title === 'string' ? value.title : undefined
}

/** Who gave a title; null for a bare text. */
export function titleAuthorship(value: unknown): Authorship | null {
  return typeof value === 'object' && value !== null && 'by' in value ? parseAuthorship(value.by) : null
}
