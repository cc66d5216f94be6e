import { ACTS, act } from './acts.ts'
import { createBrowser } from './browser.ts'
import { type Dice, diceOf } from './dice.ts'
import { disaster } from './disasters.ts'
import { heal } from './heal.ts'
import { comeOrGo } from './people.ts'
import { otherClient } from './plain/other-clients.ts'
import { PLAIN_ACTS, PLAIN_ACTS_AND_PURGES } from './plain/plain-acts.ts'
import { createStage, type Device, type Stage } from './stage.ts'
import { createStore } from './store.ts'
import { dwellingActs } from './themes.ts'
import { plainWeather, type Weather, weatherOf } from './weather.ts'
import { createWorld, Violation, type World } from './world.ts'

export type { Device, Stage } from './stage.ts'

const DAY_MS = 24 * 60 * 60_000

export type Outcome = {
  readonly seed: number
  readonly steps: number
  /** Steps that it would have taken without leaving any out. */
  readonly planned: number
  readonly broken: Violation | undefined
  readonly world: World
  readonly isPlain: boolean
}

/**
 * Runs the history of one seed: steps under faults, then healing, then the verdict. Steps in `skipped` are left out; `steps` ends it
 * earlier. Without `isTraced` nothing is written down, which is faster.
 */
export async function runHistory(
  seed: number,
  options: {
    readonly skipped?: ReadonlySet<number>
    readonly steps?: number
    readonly isTraced?: boolean
    /** Instead of what the seed chooses. */
    readonly hasSqlite?: boolean
    /** Somebody else's server is the cloud. */
    readonly isPlain?: boolean
  } = {},
): Promise<Outcome> {
  const { skipped = new Set() } = options
  const world = createWorld(seed, options.isTraced === true)
  const ours = weatherOf(world.dice)
  const weather = options.isPlain === true ? plainWeather(ours, world.dice('plain')) : ours
  const stage = createStage(world, weather, options.hasSqlite ?? weather.hasSqlite)
  const { devices, cloud } = stage
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  let steps = 0

  try {
    for (let index = 0; index < weather.devices; index++) {
      const name = `d${index + 1}`
      const device: Device = { browser: createBrowser(stage, name, createStore(name)), tabs: [] }
      const dice = diceOf(seed, 'device', index)
      device.browser.cookies.accountId = dice.chance(0.8) ? dice.pick(weather.accounts) : null
      if (!weather.themes.has('twins') && dice.chance(0.4))
        device.browser.clockOffset = dice.between(-200_000, 200_000)
      devices.push(device)
      void stage.nextTab(device)
    }
    await world.runUntil(world.now() + 1_000)
    for (let step = 0; step < (options.steps ?? weather.steps); step++) {
      const dice = diceOf(seed, 'step', step)
      if (!skipped.has(step)) {
        steps += 1
        takeStep(stage, dice)
        await world.settle()
      }
      const before = world.now()
      await world.runUntil(before + pauseMs(dice, weather))
      if (world.now() - before > DAY_MS / 4)
        for (const { tabs } of devices) for (const tab of tabs) tab.tell('focus')
      if (rejections.length > 0) world.fail('no unhandled rejection', describe(rejections[0]))
      if (world.broken !== undefined) throw world.broken
    }
    await heal(stage)
    if (rejections.length > 0) world.fail('no unhandled rejection', describe(rejections[0]))
  } catch (error) {
    if (!(error instanceof Violation)) world.fail('the history runs', describe(error))
  } finally {
    for (const { browser } of devices) browser.crash()
    await world.settle()
    await cloud.close()
    process.off('unhandledRejection', onRejection)
  }
  return {
    seed,
    steps,
    planned: options.steps ?? weather.steps,
    broken: world.broken,
    world,
    isPlain: options.isPlain === true,
  }
}

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

function pauseMs(dice: Dice, { themes }: Weather): number {
  const day = themes.has('retention') ? 6 : 1
  const kind = dice.weighted({ moment: 70, minute: 22, hour: 6, day })
  if (kind === 'moment') return dice.between(5, 4_000)
  if (kind === 'minute') return dice.between(4_000, 90_000)
  return kind === 'hour' ? dice.between(90_000, 3_600_000) : dice.between(3_600_000, 30 * 3_600_000)
}

/** One thing happens: mostly a person does something in some tab, sometimes the world does. */
function takeStep(stage: Stage, dice: Dice): void {
  const { world, weather, devices } = stage
  if (stage.plain !== null && dice.chance(0.15)) {
    otherClient(world, stage.plain.cloud, dice.pick(weather.accounts), dice)
    return
  }
  if (dice.chance(weather.disaster)) {
    disaster(stage, dice)
    return
  }
  const device = dice.pick(devices)
  const open = device.tabs.filter((tab) => tab.isOpen())
  const most = weather.themes.has('crowd') || weather.themes.has('answers') ? 3 : 2
  if (open.length === 0 || (open.length < most && dice.chance(0.04 * most))) return void stage.nextTab(device)
  if (dice.chance(weather.comings)) return void comeOrGo(stage, device, dice)
  const tab = dice.pick(open)
  if (dice.chance(weather.workerDies)) {
    for (const process of device.browser.processes) process.dieAfter(dice.between(1, 60))
  }
  if (weather.plain !== null)
    void act(world, tab, dice, dice.weighted(weather.plain.hasPurges ? PLAIN_ACTS_AND_PURGES : PLAIN_ACTS))
  else void act(world, tab, dice, dice.weighted(dwellingActs(ACTS, weather.themes)))
  // Others at the same moment, in other tabs: their transactions interleave, or become one.
  while (dice.chance(weather.atOnce)) {
    const other = dice.pick(open)
    void act(world, other, diceOf(dice.number(), 'other'), dice.chance(0.7) ? 'say' : 'rename')
  }
  if (weather.themes.has('twins') && dice.chance(0.3)) actAlike(stage, dice)
}

/** Everybody who has a tab open does the same at the same moment. */
function actAlike({ world, devices }: Stage, dice: Dice): void {
  const kind = dice.pick(['rename', 'edit', 'rename', 'tag', 'flag', 'trash'] as const)
  const seed = dice.number()
  for (const { tabs } of devices) {
    const tab = tabs.find((each) => each.isOpen())
    if (tab !== undefined) void act(world, tab, diceOf(seed, 'alike'), kind)
  }
}
