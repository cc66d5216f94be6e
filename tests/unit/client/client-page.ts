import { createClient } from '../../../src/client/client.ts'
import { type Core, createCore } from '../../../src/client/core.ts'
import { createDraftWriter } from '../../../src/client/draft-writer.ts'
import { land, type Step } from '../../../src/client/ladder.ts'
import { reportChanges } from '../../../src/client/telemetry.ts'
import { wakeQueue } from '../../../src/client/wake-queue.ts'
import { CAPABILITIES } from '../react/fake-client.ts'
import { createFakeEngine } from './fake-engine.ts'
import { createFakePage } from './fake-page.ts'

/** A page whose client stands on a worker that a test plays, with an engine in the page below it. */
export async function createClientPage(
  workerAnswers: Parameters<typeof createFakeEngine>[1] = {},
  options = {},
  stepsOf: (worker: Step, inPage: Step) => readonly Step[] = (...both) => both,
) {
  const page = createFakePage(options)
  const worker = createFakeEngine('worker+indexeddb', workerAnswers)
  const inPage = createFakeEngine('page+indexeddb')
  const steps = stepsOf(worker.step, inPage.step)
  const events: unknown[] = []
  let configured = 0
  const core: Core = createCore({
    environment: page.environment,
    baseName: 'db',
    projectId: 'docs',
    options: { onEvent: (event) => events.push(event) },
    steps,
    landing: await land(steps, 'db', page.clock),
    configure: async () => void configured++,
  })
  wakeQueue(core)
  core.createDraftWriter = createDraftWriter
  reportChanges(core, core.initial)
  const client = createClient(core, { capabilities: CAPABILITIES, applyUpdate: async () => {} })
  worker.calls.length = 0
  return { ...page, worker, inPage, core, client, events, configured: () => configured }
}
