import type { Session } from '../domain/host-service.ts'
import type { Registry } from './account-registry.ts'
import type { Engine } from './engine.ts'

/** The anonymous database with conversations that the account which is signed in may take over; null, where nobody is signed in. */
export async function adoptableOf(
  { current, databases, adoptions }: Registry,
  openEngine: (name: string, create: boolean) => Promise<Engine>,
): Promise<Session['adoptable']> {
  if (databases.find(({ name }) => name === current)?.accountId === null) return null
  const adopting = new Set(adoptions.map(({ from }) => from))
  for (const { name, accountId, state } of databases) {
    if (accountId !== null || state !== 'open' || adopting.has(name)) continue
    const engine = await openEngine(name, false).catch(() => undefined)
    const conversationCount =
      (await engine?.database.read(['conversations'], (tx) => tx.count('conversations'))) ?? 0
    if (conversationCount > 0) return { database: name, conversationCount }
  }
  return null
}
