import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { createLocalStorageStorage } from '../../src/storage/local-storage.ts'
import { type ContractTest, describeStorageContract } from '../../src/testing/storage-contract.ts'
import { makeNewer, makeNewerText } from '../../tests/contract/storage/make-newer.ts'
import { setTimer } from '../../tests/contract/storage/set-timer.ts'

export const BACKENDS = ['indexeddb', 'local-storage'] as const
export type Backend = (typeof BACKENDS)[number]

/** Chromium grants a `localStorage` 5 Mi units; the test sets the same for IndexedDB where it runs the case. */
const QUOTA_BYTES = 5_200_000

/** The contract on the real thing. `limited`: with the case that fills the disk; `lossy`: with those that lose connections. */
export function contractOn(
  backend: Backend,
  options: { readonly limited: boolean; readonly lossy?: boolean },
): readonly ContractTest[] {
  const quota = options.limited ? { quotaBytes: QUOTA_BYTES } : {}
  if (backend === 'local-storage') {
    const makeFactory = () => createLocalStorageStorage({ storage: localStorage, setTimer })
    return describeStorageContract('local', makeFactory, {
      ...quota,
      otherTab: makeFactory,
      makeNewer: (database, minReader) => makeNewerText(localStorage, database, minReader),
    })
  }
  const makeFactory = () => createIndexedDbStorage({ setTimer })
  return describeStorageContract('indexeddb', makeFactory, {
    ...quota,
    otherTab: makeFactory,
    makeNewer: (database, minReader) => makeNewer(indexedDB, database, minReader),
    ...(options.lossy === false ? {} : { loseConnections }),
  })
}

async function loseConnections(): Promise<void> {
  const answer = (await (await fetch('/force-close')).json()) as { error?: string } | null
  if (answer?.error) throw new Error(answer.error)
}

/** Runs one test by name; answers what went wrong, or null. */
export async function runContractTest(
  backend: Backend,
  name: string,
  limited: boolean,
): Promise<string | null> {
  const test = contractOn(backend, { limited }).find((candidate) => candidate.name === name)
  if (test === undefined) return `There is no test “${name}”.`
  try {
    await test.run()
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
