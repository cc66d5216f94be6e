import type { PersistentDevice } from '../harness/device.ts'
import type { Tab } from '../harness/tab.ts'

/** Where a tab stands: it is closed and opened again, by itself or with its browser. */
export type Place = {
  readonly name: string
  readonly device: ChaosDevice
  tab: Tab | undefined
}

/** A profile whose browser is killed now and then, and its tabs. */
export type ChaosDevice = {
  readonly name: string
  readonly profile: PersistentDevice
  readonly places: readonly Place[]
  /** False from the kill of its browser until it runs again. */
  isRunning: boolean
}

export function chaosDevice(name: string, profile: PersistentDevice, tabCount: number): ChaosDevice {
  const places: Place[] = []
  const device: ChaosDevice = { name, profile, places, isRunning: true }
  for (let index = 1; index <= tabCount; index++)
    places.push({ name: `${name}-${index}`, device, tab: undefined })
  return device
}
