import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { setTimer } from '../../tests/contract/storage/set-timer.ts'
import { readBatches, writeBatches } from './batches.ts'
import { runContractTest } from './contract-in-browser.ts'

const worker = new Worker('/worker.js', { type: 'module' })
let doomed: Worker | undefined
let unhandledRejections = 0
addEventListener('unhandledrejection', () => unhandledRejections++)

/** What the tests call through `page.evaluate`. */
const page = {
  runInPage: runContractTest,
  runInWorker: (...parameters: Parameters<typeof runContractTest>) =>
    new Promise<string | null>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data)
      worker.postMessage({ run: parameters })
    }),
  unhandledRejections: () => unhandledRejections,
  /** Writes batches in a worker until it is terminated. */
  writeInDoomed: (database: string) => {
    doomed = new Worker('/worker.js', { type: 'module' })
    doomed.postMessage({ writeBatches: database })
  },
  terminateDoomed: async (afterMs: number) => {
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    doomed?.terminate()
  },
  writeBatches: (database: string) => writeBatches(createIndexedDbStorage({ setTimer }), database),
  readBatches: (database: string) => readBatches(createIndexedDbStorage({ setTimer }), database),
}
Object.assign(globalThis, { page })

export type TestPage = typeof page
