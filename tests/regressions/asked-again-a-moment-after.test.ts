// Who asked for a reading in the moment between the last look of one and the settling of its promise got the reading that was over.
import { expect, test } from 'vitest'
import { NO_SYNC } from '../../src/client/status.ts'
import { createClientSource } from '../../src/react/client-source.ts'
import { createLiveQuery } from '../../src/react/live-query.ts'
import { createClientPage } from '../unit/client/client-page.ts'
import { createFakeClient } from '../unit/react/fake-client.ts'

const MOMENTS = 12

async function pass(moments: number): Promise<void> {
  for (let moment = 0; moment < moments; moment++) await Promise.resolve()
}

test('a status that is asked for is the newest, whenever another reading began', async () => {
  for (let moments = 0; moments < MOMENTS; moments++) {
    let pendingCount = 1
    const { core, client } = await createClientPage({ status: () => ({ ...NO_SYNC, pendingCount }) })
    void core.readStatus()
    await pass(moments)
    pendingCount = 2
    await core.readStatus()
    expect(client.status.sync.pendingCount, `after ${moments} moments`).toBe(2)
  }
})

test('a list that is refreshed is the newest, whenever another reading began', async () => {
  for (let moments = 0; moments < MOMENTS; moments++) {
    let newest = 1
    const query = createLiveQuery<number>({
      initial: 0,
      pageSize: 10,
      load: async () => newest,
      concerns: () => false,
    })
    const stop = query.follow(createClientSource(createFakeClient()))
    await query.refresh()
    await pass(MOMENTS)
    void query.refresh()
    await pass(moments)
    newest = 2
    await query.refresh()
    expect(query.getState().value, `after ${moments} moments`).toBe(2)
    stop()
  }
})
