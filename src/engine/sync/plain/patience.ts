import { jsonEquals } from '../../../domain/json.ts'
import type { Change } from './changes.ts'
import type { PlainDocument } from './document.ts'

/** So many writes that the server took without showing a change, and it does not keep such a thing. */
const MAX_UNSHOWN = 2
/** So many where the document stayed as it was: something else may have answered in the server's place. */
const MAX_WITHOUT_TRACE = 4

/** What a server was given in one visit and does not show. */
export type Patience = {
  /** It said that it took these, in the place of this document. */
  wrote(part: readonly Change[], instead: PlainDocument): void
  /** This is what it shows now; `isOfOthers`: with something of others, who may have put their copy in the place of what was written. */
  shows(document: PlainDocument, isOfOthers: boolean): void
  isOver(register: string): boolean
}

export function createPatience(): Patience {
  const costs = new Map<string, number>()
  let written: { readonly part: readonly Change[]; readonly instead: PlainDocument } | null = null
  return {
    wrote(part, instead) {
      written = { part, instead }
    },
    shows(document, isOfOthers) {
      if (written === null) return
      const { part, instead } = written
      written = null
      if (isOfOthers) return
      const cost = isSame(instead, document) ? 1 / MAX_WITHOUT_TRACE : 1 / MAX_UNSHOWN
      for (const { register } of part) costs.set(register, (costs.get(register) ?? 0) + cost)
    },
    isOver: (register) => (costs.get(register) ?? 0) >= 1,
  }
}

function isSame(before: PlainDocument, after: PlainDocument): boolean {
  if (before.etag !== null && after.etag !== null) return before.etag === after.etag
  return jsonEquals(before.fields, after.fields) && jsonEquals(before.entries, after.entries)
}
