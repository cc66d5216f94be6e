import { TITLE_LENGTH } from '../../src/domain/conversation.ts'
import { comparePlaces, previewOf } from '../../src/domain/message.ts'
import { titleText } from '../../src/domain/title.ts'
import { type Cell, isTruthy } from './cell.ts'

type Placed = { readonly id: string; readonly born: number }

/**
 * What a conversation's entry in the list is made of, kept beside it: with it, most of what is appended changes the entry without a
 * look at the rest of the conversation. The id of a place is the message's.
 */
export type Basis = {
  /** Shown messages. */
  readonly count: number
  /** The first and the last of them in order of (born, id). */
  readonly first: (Placed & { readonly createdAt: number }) | null
  readonly last: (Placed & { readonly createdAt: number; readonly preview: string }) | null
  /** The one whose text names an unnamed conversation: the first of a user, else the first with text. */
  readonly named: (Placed & { readonly rank: number; readonly title: string }) | null
  readonly title: string | null
  readonly archived: boolean
  readonly pinned: boolean
  readonly tags: readonly string[]
}

export const EMPTY_BASIS: Basis = {
  count: 0,
  first: null,
  last: null,
  named: null,
  title: null,
  archived: false,
  pinned: false,
  tags: [],
}

/** The basis with one register more, of which it held nothing. Pure. */
export function withCell(basis: Basis, register: string, cell: Cell): Basis {
  if (cell.messageId === null) return withPlain(basis, register, cell.value)
  if (!cell.isShown) return basis
  const place = { id: cell.messageId, born: cell.born }
  return {
    ...basis,
    count: basis.count + 1,
    first: isBefore(place, basis.first) ? firstOf(place, cell) : basis.first,
    last: isAfter(place, basis.last) ? lastOf(place, cell) : basis.last,
    named: isBetterName(place, cell, basis.named) ? namedOf(place, cell) : basis.named,
  }
}

/**
 * The basis after one register changed; null when only the whole conversation can tell: a message that it was made of is shown no more,
 * stands elsewhere or lost its text, or something marks the conversation as trashed. Pure.
 */
export function advance(basis: Basis, register: string, before: Cell | undefined, after: Cell): Basis | null {
  if (register === 'trashed' && isTruthy(after.value)) return null
  if (before === undefined || after.messageId === null || !before.isShown)
    return withCell(basis, register, after)
  const id = after.messageId
  const isOfBasis = [basis.first, basis.last, basis.named].some((part) => part?.id === id)
  if (!after.isShown || after.born !== before.born) {
    return isOfBasis ? null : withCell({ ...basis, count: basis.count - 1 }, register, after)
  }
  if (basis.named?.id === id && after.titleRank < basis.named.rank) return null
  const place = { id, born: after.born }
  return {
    ...basis,
    first: basis.first?.id === id ? firstOf(place, after) : basis.first,
    last: basis.last?.id === id ? lastOf(place, after) : basis.last,
    named:
      basis.named?.id === id || isBetterName(place, after, basis.named) ? namedOf(place, after) : basis.named,
  }
}

function withPlain(basis: Basis, register: string, value: unknown): Basis {
  if (register === 'title') return { ...basis, title: titleText(value) ?? null }
  if (register === 'archived' || register === 'pinned') return { ...basis, [register]: value === true }
  if (!register.startsWith('tag:')) return basis
  const tag = register.slice('tag:'.length)
  const others = basis.tags.filter((each) => each !== tag)
  return { ...basis, tags: value === true ? [...others, tag].sort() : others }
}

const isBefore = (place: Placed, other: Placed | null) => other === null || comparePlaces(place, other) < 0
const isAfter = (place: Placed, other: Placed | null) => other === null || comparePlaces(place, other) > 0

function isBetterName(place: Placed, { titleRank }: Cell, named: Basis['named']): boolean {
  if (titleRank === 0) return false
  if (named === null || titleRank > named.rank) return true
  return titleRank === named.rank && isBefore(place, named)
}

const firstOf = (place: Placed, { createdAt }: Cell) => ({ ...place, createdAt })

// Texts are cut when somebody looks: of a hundred messages that arrive together only two are looked at.
const lastOf = (place: Placed, { createdAt, text }: Cell) => ({
  ...place,
  createdAt,
  get preview() {
    return previewOf(text)
  },
})
const namedOf = (place: Placed, { titleRank, text }: Cell) => ({
  ...place,
  rank: titleRank,
  get title() {
    return previewOf(text, TITLE_LENGTH)
  },
})
