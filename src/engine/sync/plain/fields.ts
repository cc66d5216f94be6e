import { isId } from '../../../domain/ids.ts'
import { isObject } from '../../../domain/json-object.ts'
import { tagRegister } from '../../../domain/register.ts'
import type { PlainDocument } from './document.ts'
import type { Ground } from './ground.ts'
import { isTrashed, type Mine } from './mine.ts'

/** One register beside the messages: as the server shows it, and as this device has it. */
export type Field = {
  readonly register: string
  /** Undefined: the server does not show such a thing. */
  readonly shown: string | boolean | undefined
  readonly mine: string | boolean
}

const TAG = 'tag:'
/** A longer one is none that anybody wrote. */
const MAX_TITLE = 10_000

/** Title, flags and tags. What else a conversation has (its open branch) belongs to a device where the server is a plain one. */
export function fieldsOf(document: PlainDocument, mine: Mine, ground: Ground): readonly Field[] {
  const { title, archived } = document.fields
  const { record } = mine
  const extra = document.fields.chatkeep
  const { pinned, trashed } = isObject(extra) ? extra : {}
  // Whoever makes a conversation anew that was deleted wants to see it.
  const untold = ground.sync?.present === false ? false : undefined
  const fields: Field[] = [
    {
      register: 'title',
      shown: typeof title === 'string' && title !== '' && title.length <= MAX_TITLE ? title : undefined,
      mine: record?.title ?? '',
    },
    { register: 'archived', shown: flag(archived), mine: record?.archived === true },
    { register: 'pinned', shown: flag(pinned), mine: record?.pinned === true },
    { register: 'trashed', shown: flag(trashed) ?? untold, mine: isTrashed(mine) },
  ]
  const shownTags = tagsOf(document)
  const knownTags = Object.keys(ground.shown).filter((register) => register.startsWith(TAG))
  const tags = [
    ...(shownTags ?? []),
    ...(record?.tags ?? []),
    ...knownTags.map((one) => one.slice(TAG.length)),
  ]
  for (const tag of new Set(tags)) {
    const isMine = record?.tags.includes(tag) === true
    fields.push({ register: tagRegister(tag), shown: shownTags?.includes(tag), mine: isMine })
  }
  return fields
}

/** Undefined where the server shows no tags at all. */
export function tagsOf({ fields }: PlainDocument): readonly string[] | undefined {
  return Array.isArray(fields.tags) ? fields.tags.filter(isId) : undefined
}

const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined)
