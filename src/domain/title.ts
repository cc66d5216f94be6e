import { type Authorship, parseAuthorship } from './authorship.ts'

/** The value of the register `title`: the text and who gave it. A bare text is what plain servers write. */
type TitleValue = string | { readonly title: string; readonly by: Authorship }

/** The text of a title's value; undefined when there is none, or one of a later version. */
export function titleText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('title' in value)) return undefined
  return typeof value.title === 'string' ? value.title : undefined
}

/** Who gave a title; null for a bare text. */
export function titleAuthorship(value: unknown): Authorship | null {
  return typeof value === 'object' && value !== null && 'by' in value ? parseAuthorship(value.by) : null
}
