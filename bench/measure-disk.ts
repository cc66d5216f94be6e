import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { calls, createProfile, inPage, openBrowser } from './browser.ts'

export type DiskUse = { readonly after10k: number; readonly after100k: number }

/** Bytes of a profile's IndexedDB folder after 10,000 and after 100,000 imported messages, the browser closed. */
export async function measureDisk(origin: string, name: string): Promise<DiskUse> {
  const profile = await createProfile()
  const fill = async (from: number, count: number) => {
    const context = await openBrowser(profile)
    await inPage(context, origin, (page) => calls.fill(page, name, from, count))
    await context.close()
    return folderSize(join(profile.folder, 'Default', 'IndexedDB'))
  }
  try {
    return { after10k: await fill(0, 10_000), after100k: await fill(10_000, 90_000) }
  } finally {
    await profile.remove()
  }
}

async function folderSize(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
