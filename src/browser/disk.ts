import type { Disk } from '../ports/disk.ts'

/** What the browser estimates: padded, rounded and sometimes late, so nothing is decided by it alone. */
export function createBrowserDisk(): Disk {
  return {
    async estimate() {
      try {
        const { usage, quota } = await navigator.storage.estimate()
        return usage === undefined || quota === undefined ? null : { usedBytes: usage, quotaBytes: quota }
      } catch {
        return null // It does not say.
      }
    },
  }
}
