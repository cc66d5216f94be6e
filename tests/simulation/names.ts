import type { StoreMemory } from './store.ts'

/** What is known of a database that was deleted from a disk: only that its name does not come back by itself. */
export function forgetDatabase(memory: StoreMemory, database: string): void {
  memory.gone.add(database)
  const { heads, here, lacking, purges, stubs, spaces, waits, order } = memory
  for (const map of [heads, here, lacking, purges, stubs, spaces, waits, order.queues])
    for (const key of [...map.keys()]) if (key.startsWith(`${database} `)) map.delete(key)
  for (const key of [...memory.left]) if (key.startsWith(`${database} `)) memory.left.delete(key)
  for (const key of [...memory.drafts]) if (key.startsWith(`["${database}"`)) memory.drafts.delete(key)
  memory.commits.delete(database)
  for (const key of [...memory.packed.keys()]) if (key.startsWith(`${database} `)) memory.packed.delete(key)
  memory.authored.delete(database)
}
