import { createBrowserLocks } from '../browser/locks.ts'
import type { CloudSettings } from '../domain/host-service.ts'
import { capabilitiesOf } from './capabilities.ts'
import { carryOverLeftBehind } from './carry-over.ts'
import type { ClientExtras } from './client.ts'
import { climbWhenBack } from './climb.ts'
import { listenToCloud } from './cloud-events.ts'
import type { Core } from './core.ts'
import { createDraftWriter } from './draft-writer.ts'
import { goUp } from './go-up.ts'
import { importLegacy } from './legacy-import.ts'
import { createUpdates } from './register/worker-updates.ts'
import { reportChanges } from './telemetry.ts'
import { wakeQueue } from './wake-queue.ts'

/**
 * What a client does beside answering calls: wakes the queue, follows its worker's versions, answers the worker's questions for a token, climbs
 * to a better rung when one returns, and brings in what older stores hold. No call waits for it, so it loads by itself.
 */
export async function startAftercare(
  core: Core,
  parts: { readonly cloud: CloudSettings; readonly getToken: () => Promise<string | null> },
): Promise<ClientExtras> {
  const { environment, baseName, connection, steps, options } = core
  const { clock, pageEvents } = environment
  const { cloud, getToken } = parts
  wakeQueue(core)
  const locks = createBrowserLocks()
  core.createDraftWriter = (draft) => createDraftWriter({ ...draft, locks })
  core.onClose.push(reportChanges(core, core.initial))
  const updates = createUpdates(environment, { cloudUrl: cloud?.url, getToken }, () =>
    core.status.set({ updateReady: true }),
  )
  const climber = climbWhenBack({
    clock,
    pageEvents,
    canClimb: () => steps.indexOf(connection.current().step) > 0,
    isInMemory: () => connection.current().engine.rung === 'memory',
    climb: () => goUp(core),
  })
  core.onClose.push(updates.stop, climber.stop)
  if (cloud !== null) {
    const isPlain = cloud.dialect === 'plain'
    const source = { url: cloud.url, getToken: cloud.credentials === 'token' ? getToken : undefined, isPlain }
    core.onClose.push(listenToCloud(core, locks, source))
  }
  core.onEngine = (engine) => {
    updates.follow(engine)
    climber.moved()
  }
  updates.follow(connection.current().engine)
  try {
    await carryOverLeftBehind(connection.current(), environment, baseName, steps)
    if (options.migrateLegacy !== false) await importLegacy(core)
  } catch (error) {
    console.error('chatkeep: what an older store holds could not be brought in; it stays there.', error)
  }
  core.wakeUps?.started()
  return { capabilities: await capabilitiesOf(environment, connection.current()), applyUpdate: updates.apply }
}
