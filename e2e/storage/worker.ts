import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { setTimer } from '../../tests/contract/storage/set-timer.ts'
import { writeBatches } from './batches.ts'
import { runContractTest } from './contract-in-browser.ts'

type Order = { readonly run?: Parameters<typeof runContractTest>; readonly writeBatches?: string }

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  if (data.run !== undefined) postMessage(await runContractTest(...data.run))
  if (data.writeBatches !== undefined)
    await writeBatches(createIndexedDbStorage({ setTimer }), data.writeBatches)
})
