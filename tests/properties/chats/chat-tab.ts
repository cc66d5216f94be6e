import type { UIMessage } from 'ai'
import type { AiSdkChat } from '../../../src/ai-sdk/ai-sdk-driver.ts'
import type { BrowserEvents } from '../../../src/browser/events.ts'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import { createClient } from '../../../src/client/client.ts'
import { createCore } from '../../../src/client/core.ts'
import { createDraftWriter } from '../../../src/client/draft-writer.ts'
import type { Environment } from '../../../src/client/environment.ts'
import { type Engine, land } from '../../../src/client/ladder.ts'
import type { ChangeEvent } from '../../../src/ports/events.ts'
import type { Locks } from '../../../src/ports/locks.ts'
import type { ChatDriver } from '../../../src/react/chat/chat-driver.ts'
import { createChatSession } from '../../../src/react/chat/session.ts'
import { createClientSource } from '../../../src/react/client-source.ts'
import { CAPABILITIES } from '../../unit/react/fake-client.ts'
import type { ChatWorld } from './chat-world.ts'
import { createGate, type Gate } from './gate.ts'

export const CONVERSATION = 'c'

/** A tab with one chat: the real hook's session, AI SDK's chat and client, over an engine that other tabs have, too. */
export type ChatTab = Awaited<ReturnType<typeof openChatTab>>

export async function openChatTab(world: ChatWorld, driver: ChatDriver<UIMessage, AiSdkChat<UIMessage>>) {
  /** Calls reach the worker in their order, and so do its announcements the page; answers come as they will. */
  const gates = { calls: createGate(), answers: createGate(), events: createGate() }
  const listeners = new Set<(event: ChangeEvent) => void>()
  const end = Promise.withResolvers<void>()
  let isOpen = false // Until then nothing is held up.

  async function through(gate: Gate): Promise<void> {
    if (isOpen) await gate.turn()
  }

  const engine: Engine = {
    rung: 'worker+indexeddb',
    caller: {
      async call(call) {
        await through(gates.calls)
        const [answer] = await Promise.allSettled([world.call(call)])
        await through(gates.answers)
        if (answer.status === 'rejected') throw answer.reason
        return answer.value
      },
    },
    close: async () => {},
  }
  const events: BrowserEvents = {
    acrossContexts: true,
    publish: () => {},
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => listeners.clear(),
  }
  const environment: Environment = {
    clock: world.clock,
    random: createBrowserRandom(),
    events,
    pageEvents: { isVisible: () => true, listen: () => () => {} },
    localStorage: null,
  }
  const steps = [{ rung: engine.rung, start: async () => engine }]
  const landing = await land(steps, 'db', world.clock)
  const core = createCore({
    environment,
    baseName: 'db',
    projectId: 'p',
    options: {},
    steps,
    landing,
    configure: async () => {},
  })
  /** A tab that is gone holds no lock. */
  const locks: Locks = {
    acrossContexts: true,
    hold: (name, options, work) =>
      world.locks.hold(name, options, () => Promise.race([work(), end.promise as Promise<never>])),
  }
  core.createDraftWriter = (draft) => createDraftWriter({ ...draft, locks })
  const client = createClient(core, {
    capabilities: CAPABILITIES,
    applyUpdate: async () => {},
  })
  const session = createChatSession({
    source: createClientSource(client),
    conversationId: CONVERSATION,
    driver,
    pageSize: 4,
  })
  session.retain()
  world.hearers.add(hear)
  isOpen = true

  async function hear(event: ChangeEvent): Promise<void> {
    await gates.events.turn()
    for (const listener of listeners) listener(event)
  }

  return {
    client,
    session,
    gates,
    /** As when a person reloads: nothing that it waits for comes any more. */
    close(): void {
      world.hearers.delete(hear)
      for (const gate of Object.values(gates)) gate.shut()
      listeners.clear()
      core.stop()
      end.resolve()
    },
  }
}
