import type { Storage, StorageFactory } from '../../ports/storage.ts'

/**
 * What a test environment can do to a backend beside using it. Cases that need something that is not given are left out, so
 * give all that applies.
 */
export type StorageFaults = {
  /** Another tab on the same data. */
  readonly otherTab?: () => StorageFactory
  /** Closes the connections to a database under their owner, as a browser does when its storage process dies. */
  readonly loseConnections?: (database: string) => void | Promise<void>
  /** Changes a closed database into what a newer build leaves, with this `minReader`. */
  readonly makeNewer?: (database: string, minReader: number) => void | Promise<void>
  /** The disk is full after this many bytes. */
  readonly quotaBytes?: number
}

export type StorageSubject = {
  readonly factory: StorageFactory
  /** Opens a database of its own for this case. */
  readonly open: (suffix?: string) => Promise<Storage>
  /** Name of the database that `open` opens. */
  readonly nameOf: (suffix?: string) => string
  readonly faults: StorageFaults
}

export type ContractCase = {
  /** What is guaranteed, as a sentence. */
  readonly name: string
  readonly needs?: keyof StorageFaults
  readonly run: (subject: StorageSubject) => Promise<void>
}
