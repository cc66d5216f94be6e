import type { Random } from '../ports/random.ts'
import type { Storage } from '../ports/storage.ts'

/** The random id of a store's life, made when it is first asked for. */
export async function readIncarnation(storage: Storage, random: Random): Promise<string> {
  const known = await storage.read(['settings'], (tx) => tx.get('settings', 'incarnation'))
  if (typeof known?.value === 'string') return known.value
  return storage.write(['settings'], 'strict', async (tx) => {
    const other = await tx.get('settings', 'incarnation')
    if (typeof other?.value === 'string') return other.value
    const incarnation = random.id()
    await tx.put('settings', { name: 'incarnation', value: incarnation })
    return incarnation
  })
}
