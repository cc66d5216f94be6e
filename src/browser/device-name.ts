const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPad/, 'iPad'],
  [/iPhone/, 'iPhone'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/Linux/, 'Linux'],
]

/** What a person would call this browser: `Chrome on Linux`. Undefined where it does not say; works in a worker. */
export function browserDeviceName(
  userAgent: string = globalThis.navigator?.userAgent ?? '',
): string | undefined {
  const find = (among: typeof BROWSERS) => among.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)]
  return browser !== undefined && system !== undefined ? `${browser} on ${system}` : (browser ?? system)
}

/** The same as a part of the engine's ports. */
export function browserDevice(): { readonly deviceName?: string } {
  const deviceName = browserDeviceName()
  return deviceName === undefined ? {} : { deviceName }
}
