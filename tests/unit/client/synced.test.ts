import { expect, test } from 'vitest'
import type { Core } from '../../../src/client/core.ts'
import { whenSynced } from '../../../src/client/synced.ts'
import type { MutationId } from '../../../src/domain/ids.ts'

/** Databases with what waits in them; a name instead of a list is where a database was moved to, and calls follow it. */
function aCore(databases: Record<string, string[] | string>) {
  const listeners: (() => void)[] = []
  const connection = {
    async callIn(
      database: string,
      method: string,
      argument: { mutationId: string },
    ): Promise<{ pending: boolean }> {
      const rows = databases[database] ?? []
      if (typeof rows === 'string') return connection.callIn(rows, method, argument)
      return { pending: rows.includes(argument.mutationId) }
    },
  }
  const core = { connection, status: { listen: (listener: () => void) => listeners.push(listener) } }
  const settled: string[] = []
  return {
    databases,
    settled,
    follow(mutationId: string, database: string) {
      const synced = whenSynced(core as unknown as Core, mutationId as MutationId, database)
      void synced.then(() => settled.push(mutationId))
    },
    async statusChanged() {
      for (const listener of listeners) listener()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('a save is not called synced because another account signed in', async () => {
  const core = aCore({ 'chats:ada': ['letter'], 'chats:bob': ['note'] })
  core.follow('letter', 'chats:ada')
  core.follow('note', 'chats:bob')
  core.databases['chats:bob'] = []
  await core.statusChanged()
  expect(core.settled).toEqual(['note'])
  core.databases['chats:ada'] = []
  await core.statusChanged()
  expect(core.settled).toEqual(['note', 'letter'])
})

test('what Ada left waiting does not keep Bob’s saves from being called synced', async () => {
  const letters = Array.from({ length: 30 }, (_, index) => `letter-${index}`)
  const core = aCore({ 'chats:ada': letters, 'chats:bob': [] })
  for (const letter of letters) core.follow(letter, 'chats:ada')
  core.follow('note', 'chats:bob')
  await core.statusChanged()
  expect(core.settled).toEqual(['note'])
})

test('a save of nobody’s is followed into the account that took it over', async () => {
  const core = aCore({ chats: ['letter'] })
  core.follow('letter', 'chats')
  await core.statusChanged()
  core.databases.chats = 'chats:ada'
  core.databases['chats:ada'] = ['letter']
  await core.statusChanged()
  expect(core.settled).toEqual([])
  core.databases['chats:ada'] = []
  await core.statusChanged()
  expect(core.settled).toEqual(['letter'])
})
