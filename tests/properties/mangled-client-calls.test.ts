import { expect, test } from 'vitest'
import type { ChatkeepClient } from '../../src/client/api.ts'
import { createClient } from '../../src/client/client.ts'
import { createCore } from '../../src/client/core.ts'
import { createDraftWriter } from '../../src/client/draft-writer.ts'
import { land, type Step } from '../../src/client/ladder.ts'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { mangle } from '../builders/mangle.ts'
import { type Dice, diceOf } from '../simulation/dice.ts'
import { createFakePage } from '../unit/client/fake-page.ts'
import { createMemoryEngine } from '../unit/client/memory-engine.ts'
import { CAPABILITIES } from '../unit/react/fake-client.ts'

const RUNS = Number(process.env.MANGLED_RUNS ?? 25)
const FROM = Number(process.env.MANGLED_FROM ?? 1)

async function aClient(): Promise<ChatkeepClient> {
  const { host } = await createMemoryEngine()
  const { environment } = createFakePage()
  const step: Step = {
    rung: 'worker+indexeddb',
    start: async () => ({ rung: 'worker+indexeddb', caller: host, close: () => host.close() }),
  }
  const core = createCore({
    environment,
    baseName: 'db',
    projectId: 'docs',
    options: {},
    steps: [step],
    landing: await land([step], 'db', environment.clock),
    configure: async () => {},
  })
  core.createDraftWriter = createDraftWriter
  return createClient(core, { capabilities: CAPABILITIES, applyUpdate: async () => {} })
}

const message = (id: string) => ({ id, role: 'user', parts: [{ type: 'text', text: `said in ${id}` }] })

const conflict = {
  ...{ conversationId: 'c1', register: 'title', covers: ['o1', 'o2'] },
  heads: [
    { id: 'o1', value: 'one' },
    { id: 'o2', value: 'two' },
  ],
}

/** What an app may hand over as it got it from somewhere: data, not options that it writes itself. */
function aCall(dice: Dice): readonly [keyof ChatkeepClient, readonly unknown[]] {
  const id = dice.pick(['c1', 'c2'])
  const said = message(`m${dice.between(1, 9)}`)
  const old = { id: 'old', title: 'Old', tags: ['x'], messages: [{ message: said, createdAt: 1 }] }
  const calls: readonly (readonly [keyof ChatkeepClient, readonly unknown[]])[] = [
    ['appendMessages', [id, [said, { message: message('beside'), status: 'complete' }]]],
    ['saveMessages', [id, [said, message('m10')]]],
    ['importConversations', [[old, { ...old, id: 'older' }]]],
    ['editMessage', [id, said]],
    ['removeMessage', [id, 'm1']],
    ['selectLeaf', [id, 'm1']],
    ['conflicts', [id]],
    ['resolveConflicts', [[conflict, { ...conflict, choice: { value: 'three' } }]]],
    ['renameConversation', [id, 'A title']],
    ['addTag', [id, 'tag']],
    ['deleteConversation', [id]],
    ['restoreConversation', [id]],
    ['loadMessages', [id, { limit: 3 }]],
    ['saveComposer', [id, 'unsent']],
    ['setRetention', [{ archiveAfterDays: 3, trashAfterDays: null }]],
    ['setSetting', ['name', { any: ['value'] }]],
    ['changeSyncSettings', [{ intervalMs: 60_000 }]],
    ['retryQuarantined', [1]],
  ]
  return dice.pick(calls)
}

const mangled = (parameters: readonly unknown[], dice: Dice): readonly unknown[] => {
  const at = dice.below(parameters.length)
  return parameters.map((each, index) => (index === at ? mangle(each, dice) : each))
}

test(
  'whatever data an app hands over, a call of the client is refused with a code or does what it says',
  async () => {
    for (let run = FROM; run < FROM + RUNS; run++) {
      const dice = diceOf('mangled client calls', run)
      const client = await aClient()
      for (let step = 0; step < 40; step++) {
        const [method, honest] = aCall(dice)
        const parameters = dice.chance(0.6) ? mangled(honest, dice) : honest
        const told = `run ${run}: ${method} ${JSON.stringify(parameters)}`
        const call = async () => (client[method] as (...all: readonly unknown[]) => unknown)(...parameters)
        const refusal = await call().catch((error: unknown) => error)
        if (!(refusal instanceof Error)) continue
        expect(refusal instanceof ChatkeepError ? refusal.code : refusal.stack, told).toMatch(
          /^input\/(invalid|not-found|too-large)$/,
        )
      }
      await client.close()
    }
  },
  RUNS * 2_000,
)
