/** Who wrote a version of a message or a title, so that people can tell versions apart. It decides nothing. */
export type Authorship = {
  /** Short id of the device's database; the same for everything written there. */
  readonly device: string
  /** The device in a person's words, as the host named it: `Chrome on Linux`. */
  readonly name?: string
  /** Milliseconds since 1970 by the device's clock; for people to read, never for order. */
  readonly at: number
}

/** Reads an authorship that came from elsewhere; null for anything else. */
export function parseAuthorship(value: unknown): Authorship | null {
  if (typeof value !== 'object' || value === null) return null
  const { device, name, at } = value as Partial<Record<keyof Authorship, unknown>>
  if (typeof device !== 'string' || device.length > 100 || typeof at !== 'number') return null
  return { device, at, ...(typeof name === 'string' ? { name: name.slice(0, 100) } : {}) }
}
