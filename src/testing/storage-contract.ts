import type { StorageFactory } from '../ports/storage.ts'
import type { ContractCase, StorageFaults } from './storage-contract/contract.ts'
import { faultCases } from './storage-contract/fault-cases.ts'
import { lifecycleCases } from './storage-contract/lifecycle-cases.ts'
import { recordCases } from './storage-contract/record-cases.ts'
import { scanCases } from './storage-contract/scan-cases.ts'
import { transactionCases } from './storage-contract/transaction-cases.ts'

export type { StorageFaults } from './storage-contract/contract.ts'

/** A test: its name, and a function that rejects when the guarantee does not hold. */
export type ContractTest = { readonly name: string; readonly run: () => Promise<void> }

const cases: readonly ContractCase[] = [
  ...recordCases,
  ...scanCases,
  ...transactionCases,
  ...lifecycleCases,
  ...faultCases,
]

/**
 * The guarantees of the storage port as tests for any runner: `for (const { name, run } of …) test(name, run)`.
 *
 * `makeFactory` is called once per test. Each test uses databases of its own, whose names begin with `name`, and removes them.
 */
export function describeStorageContract(
  name: string,
  makeFactory: () => StorageFactory | Promise<StorageFactory>,
  faults: StorageFaults = {},
): readonly ContractTest[] {
  return cases
    .filter(({ needs }) => needs === undefined || faults[needs] !== undefined)
    .map(({ name: sentence, run }, position) => ({
      name: sentence,
      run: async () => {
        const factory = await makeFactory()
        const nameOf = (suffix = '') => `${name}-${position}${suffix}`
        const used = new Map<string, Awaited<ReturnType<StorageFactory['open']>>[]>()
        const open = async (suffix?: string) => {
          const storage = await factory.open(nameOf(suffix))
          used.set(storage.name, [...(used.get(storage.name) ?? []), storage])
          return storage
        }
        try {
          await run({ factory, open, nameOf, faults })
        } finally {
          for (const [database, storages] of used) {
            for (const storage of storages) await storage.close()
            await factory.remove(database)
          }
        }
      },
    }))
}
