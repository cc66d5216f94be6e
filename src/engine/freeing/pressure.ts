import type { Disk } from '../../ports/disk.ts'

/** More than this part of the quota in use is pressure: a database grows before it shrinks, and a full one can hardly be freed. */
const PRESSED_PART = 0.9
/** Freeing goes on until so much would be in use. */
const WANTED_PART = 0.8

/** Bytes that should go; 0 without pressure, or where nobody knows. */
export async function bytesToFree(disk: Disk): Promise<number> {
  const estimate = await disk.estimate()
  if (estimate === null || estimate.quotaBytes <= 0) return 0
  const { usedBytes, quotaBytes } = estimate
  return usedBytes > quotaBytes * PRESSED_PART ? usedBytes - quotaBytes * WANTED_PART : 0
}

/** Where nobody knows. */
export const UNKNOWN_DISK: Disk = { estimate: async () => null }
