import { createBrowser } from '../browser.ts'
import { heal } from '../heal.ts'
import { createStage, type Stage } from '../stage.ts'
import { createStore } from '../store.ts'
import { createTab, type Tab } from '../tab.ts'
import type { Weather } from '../weather.ts'
import { createWorld, Violation } from '../world.ts'

/** Longest that a page waits for what it asked, tries and restarts included. */
const PATIENCE_MS = 10 * 60_000

/** Something that people or the queue do, told so that it can be interrupted at every step. */
export type Scenario = {
  readonly name: string
  readonly weather?: Partial<Weather>
  /** What is there already; not interrupted. */
  readonly before?: (play: Play) => Promise<void>
  readonly act: (play: Play) => Promise<unknown>
}

/** What a scenario is told with. */
export type Play = {
  readonly stage: Stage
  /** The tab whose worker dies or whose storage refuses, and one on another device. */
  readonly tab: Tab
  readonly other: Tab
  /** Time goes on until this is there, or nobody would wait for it any longer. */
  until<T>(promise: Promise<T>): Promise<T | undefined>
  rest(lengthMs: number): Promise<void>
  /** Something is written in a tab. */
  say(tab: Tab, conversationId: string, id: string): Promise<unknown>
  signIn(tab: Tab, adopt?: boolean): Promise<void>
  /** Tabs sync, one after the other. */
  sync(...tabs: readonly Tab[]): Promise<void>
  setOnline(tab: Tab, isOnline: boolean): void
}

export type Interruption = {
  /** The worker dies there, or a request to the storage is refused there. */
  readonly kind: 'crash' | 'refusal'
  readonly at: number
}

export type Told = {
  /** Whether the scenario came as far as its interruption. */
  readonly isInterrupted: boolean
  readonly broken: Violation | undefined
  readonly lines: readonly string[]
}

const CALM: Weather = {
  devices: 2,
  accounts: ['anna'],
  steps: 0,
  latencyMs: 20,
  requestLost: 0,
  responseLost: 0,
  lateDelivery: 0,
  duplicate: 0,
  strangeAnswer: 0,
  storageFails: 0,
  workerDies: 0,
  hasSlowDisk: false,
  isDiskSmall: false,
  hasWebLocks: true,
  disaster: 0,
  comings: 0,
  smallServer: null,
  shortPages: null,
  unaware: 0,
  hasSqlite: false,
  themes: new Set(),
  filter: null,
  freezes: 0,
  atOnce: 0,
  ownHosts: 0,
  plain: null,
}

/** Tells one scenario, with one interruption or none; then everything heals and is judged as after any history. */
export async function tell(scenario: Scenario, interruption?: Interruption, isTraced = false): Promise<Told> {
  const world = createWorld(1, isTraced)
  const weather = { ...CALM, ...scenario.weather }
  const stage = createStage(world, weather)
  let isInterrupted = false

  function join(name: string): Tab {
    const browser = createBrowser(stage, name, createStore(name))
    const tab = createTab(stage, browser)
    stage.devices.push({ browser, tabs: [tab] })
    return tab
  }

  const play: Play = {
    stage,
    tab: join('d1'),
    other: join('d2'),
    async until(promise) {
      let isSettled = false
      const settle = () => {
        isSettled = true
      }
      promise.then(settle, settle)
      const endsAt = world.now() + PATIENCE_MS
      await world.settle()
      while (!isSettled && world.now() < endsAt) await world.runUntil(world.now() + 20)
      return isSettled ? promise : undefined
    },
    rest: (lengthMs) => world.runUntil(world.now() + lengthMs),
    say(tab, conversationId, id) {
      const message = { id, role: 'user', parts: [{ type: 'text', text: `text of ${id}` }] }
      const command = { mutationId: tab.mutation(), projectId: 'p', conversationId, messages: [{ message }] }
      return play.until(tab.call('appendMessages', command))
    },
    async signIn(tab, adopt) {
      tab.browser.cookies.accountId = 'anna'
      await play.until(tab.host('signedIn', { accountId: 'anna', ...(adopt === undefined ? {} : { adopt }) }))
    },
    async sync(...tabs) {
      for (const tab of tabs) await play.until(tab.call('syncNow', {}))
    },
    setOnline(tab, isOnline) {
      tab.browser.isOnline = isOnline
      if (isOnline) tab.tell('online')
    },
  }

  try {
    for (const tab of [play.tab, play.other]) await play.until(tab.open())
    await scenario.before?.(play)
    for (const process of play.tab.browser.processes) {
      if (interruption?.kind === 'crash') process.dieAfter(interruption.at)
      if (interruption?.kind === 'refusal') process.refuseAfter(interruption.at)
    }
    await scenario.act(play)
    isInterrupted = world.faults.has('worker-killed') || world.faults.has('transaction-aborted')
    await heal(stage)
  } catch (error) {
    if (!(error instanceof Violation)) world.fail('the scenario runs', String(error))
  } finally {
    for (const { browser } of stage.devices) browser.crash()
    await world.settle()
    await stage.cloud.close()
  }
  return { isInterrupted, broken: world.broken, lines: world.lines }
}
