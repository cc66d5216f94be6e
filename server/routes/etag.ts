import type { EtagMatches } from '../storage/save-plain.ts'

/** What an `If-Match` header demands; without one everything goes. */
export function ifMatch(header: string | undefined): EtagMatches {
  if (header === undefined) return () => true
  return (etag) => etag !== undefined && isListed(header, etag)
}

/** Whether `If-None-Match` names this state, so that 304 is the answer. */
export function isNotModified(header: string | undefined, etag: string): boolean {
  return header !== undefined && isListed(header, etag)
}

function isListed(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
}
