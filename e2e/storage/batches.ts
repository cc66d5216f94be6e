import type { StorageFactory } from '../../src/ports/storage.ts'
import { aMessage } from '../../src/testing/storage-contract/samples.ts'

export const BATCH_SIZE = 40

/** For ever: one transaction that puts a batch of messages and counts it. Reports each that was acknowledged. */
export async function writeBatches(factory: StorageFactory, database: string): Promise<void> {
  const storage = await factory.open(database)
  for (let batch = 0; ; batch++) {
    await storage.write(['messages', 'settings'], 'strict', async (tx) => {
      for (let position = 0; position < BATCH_SIZE; position++) {
        await tx.put('messages', aMessage('c', batch * BATCH_SIZE + position, undefined, 'x'.repeat(400)))
      }
      await tx.put('settings', { name: 'batches', value: batch + 1 })
    })
    void fetch(`/acknowledged?database=${database}&batches=${batch + 1}`).catch(() => {})
  }
}

/** What is there after a kill: batches by their counter, and messages. */
export async function readBatches(
  factory: StorageFactory,
  database: string,
): Promise<{ batches: number; messages: number }> {
  const storage = await factory.open(database)
  return storage.read(['messages', 'settings'], async (tx) => ({
    batches: ((await tx.get('settings', 'batches'))?.value ?? 0) as number,
    messages: await tx.count('messages'),
  }))
}
