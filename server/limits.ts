import { MAX_ID_LENGTH } from '../src/domain/ids.ts'
import { type Limits, MAX_OPERATION_BYTES } from '../src/domain/wire.ts'

/** Sizes and rates of a server that sets none of its own. Published at `/limits`. */
export const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 16 * 1024 * 1024,
  maxOperationBytes: MAX_OPERATION_BYTES,
  maxOperationsPerRequest: 1_000,
  maxIdLength: MAX_ID_LENGTH,
  maxPageOperations: 1_000,
  requestsPerMinute: 1_200,
}

/** A page of an answer ends before this many bytes of bodies; a single larger operation still comes, alone. */
export const PAGE_BYTES = 4 * 1024 * 1024
export const DEFAULT_PAGE_OPERATIONS = 500
export const DEFAULT_PAGE_CONVERSATIONS = 100
export const DEFAULT_PAGE_MESSAGES = 200
/** Open event streams per account and process. */
export const MAX_EVENT_STREAMS = 32
