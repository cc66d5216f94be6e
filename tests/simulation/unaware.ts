import type { Browser, Scene } from './browser.ts'

const cloudNamedAt = new WeakMap<Browser, number>()

/** When the app of a browser first names its cloud: at once, or after it was used without for a while. */
export function namesCloudAt({ world, weather }: Scene, browser: Browser): number {
  const known = cloudNamedAt.get(browser)
  if (known !== undefined) return known
  const dice = world.dice(`${browser.name} names its cloud`)
  const isLate = weather.unaware > 0 && world.hasFaults && dice.chance(weather.unaware)
  const at = isLate ? world.now() + dice.between(10_000, 600_000) : 0
  cloudNamedAt.set(browser, at)
  return at
}
