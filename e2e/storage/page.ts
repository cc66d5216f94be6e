import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { setTimer } from '../../tests/contract/storage/set-timer.ts'
import { readBatches, writeBatches } from './batches.ts'
import { runContractTest } from './contract-in-browser.ts'

const worker = new Worker('/worker.js', { type: 'module' })
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
  /** Writes batches in the worker and terminates it after a while. */
  writeAndTerminate: async (database: string, afterMs: number) => {
    const doomed = new Worker('/worker.js', { type: 'module' })
    doomed.postMessage({ writeBatches: database })
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    doomed.terminate()
  },
  writeBatches: (database: string) => writeBatches(createIndexedDbStorage({ setTimer }), database),
  readBatches: (database: string) => readBatches(createIndexedDbStorage({ setTimer }), database),
}
Object.assign(globalThis, { page })

export type TestPage = typeof page
