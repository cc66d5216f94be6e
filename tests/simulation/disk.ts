import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Storage, StorageFactory } from '../../src/ports/storage.ts'
import type { Dice } from './dice.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** A request that the storage refuses: the transaction is aborted whole. */
export function storageFault(world: World, weather: Weather, dice: Dice, name: string): undefined {
  if (!world.hasFaults || weather.storageFails === 0 || !dice.chance(weather.storageFails)) return undefined
  const kind = dice.pick(['transaction-aborted', 'quota-exceeded', 'connection-closed'] as const)
  world.fired(kind, name)
  const code =
    kind === 'quota-exceeded'
      ? 'storage/quota'
      : kind === 'connection-closed'
        ? 'storage/connection-lost'
        : 'storage/aborted'
  throw new ChatkeepError(code, `The storage refused: ${kind}.`, { retryable: true })
}

/** A disk that takes its time before it begins a transaction, so that contexts come in between each other's. */
export function delayed(factory: StorageFactory, world: World, weather: Weather, dice: Dice): StorageFactory {
  if (!weather.hasSlowDisk) return factory
  const pause = () => new Promise<void>((resolve) => void world.after(dice.between(0, 30), resolve))
  const slow = (storage: Storage): Storage => ({
    ...storage,
    async read(stores, work) {
      await pause()
      return storage.read(stores, work)
    },
    async write(stores, durability, work) {
      await pause()
      return storage.write(stores, durability, work)
    },
  })
  return { ...factory, open: async (name, options) => slow(await factory.open(name, options)) }
}
