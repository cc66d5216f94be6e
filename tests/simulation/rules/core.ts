import type { Rule } from './rule.ts'

/** The first table of section 6: the core of the protocol. */
export const CORE_RULES: readonly Rule[] = [
  {
    name: 'server-ignores-repeats',
    about: 'the server appends an id again that it has',
    patches: [
      {
        file: 'server/storage/arrivals.ts',
        find: 'const known = knownById.get(id)',
        replace: 'const known = undefined',
      },
    ],
  },
  {
    name: 'kept-until-confirmed',
    about: 'rows leave the outbox before they are sent',
    patches: [
      {
        file: 'src/engine/sync/push.ts',
        find: 'const body = JSON.stringify(batchToBody(space, batch.rows))',
        replace: `const body = JSON.stringify(batchToBody(space, batch.rows))
    await database.write('relaxed', async ({ tx }) => {
      for (const { sequence } of batch.rows) await tx.delete('outbox', sequence)
    })`,
      },
    ],
  },
  {
    name: 'only-2xx-is-success',
    about: 'any HTTP answer to a POST counts as success',
    patches: [
      {
        file: 'src/engine/sync/push.ts',
        find: "if (outcome.kind === 'refused') return settleRefusal(batch, outcome, hasPulled)",
        replace: `if (outcome.kind !== 'ok' && outcome.error.code !== 'sync/offline') {
      await database.write('relaxed', async ({ tx }) => {
        for (const { sequence } of batch.rows) await tx.delete('outbox', sequence)
      })
      return { kind: 'posted', operationCount: batch.operationCount, sent: [] }
    }
    if (outcome.kind === 'refused') return settleRefusal(batch, outcome, hasPulled)`,
      },
    ],
  },
  {
    name: 'stamp-above-overwritten',
    about: 'a stamp is the wall clock alone',
    patches: [
      {
        file: 'src/domain/operation.ts',
        find: 'for (const { stamp: older } of overwritten) stamp = Math.max(stamp, older + 1)',
        replace: '',
      },
    ],
  },
  {
    name: 'random-ids',
    about: 'an id is the store and a counter',
    patches: [
      {
        file: 'src/engine/author.ts',
        find: 'let id = operationIdFor(author, state.id, register)',
        replace:
          'let id = author.hashing.hash(JSON.stringify([author.incarnation, state.id, state.tree.nodes.length + state.registers.size]))',
      },
    ],
  },
  {
    name: 'digest-in-the-cursor',
    about: 'a cursor is a number',
    patches: [
      {
        file: 'server/storage/points.ts',
        find: 'if (digest !== point.digest) throw gone()',
        replace: '',
      },
      {
        file: 'server/storage/points.ts',
        find: 'if (shownDigest !== point.shownAt?.digest) throw gone()',
        replace: '',
      },
    ],
  },
  {
    name: 'offered-again-after-410',
    about: 'a 410 only sets the cursor to zero',
    patches: [
      {
        file: 'src/engine/sync/offer-unshown.ts',
        find: 'for (const id of conversations) {',
        replace: 'for (const id of [] as string[]) {',
      },
    ],
  },
  {
    name: 'confirmed-by-pull',
    about: 'the answer to the POST confirms',
    patches: [
      {
        file: 'src/engine/sync/push.ts',
        find: '(operation) => !held.has(operation.id),',
        replace: '(operation) => !accepted.has(operation.id),',
      },
    ],
  },
  {
    name: 'page-needs-its-cursor',
    about: 'a page is applied whatever the stored cursor is',
    patches: [
      {
        file: 'src/engine/sync/pull.ts',
        find: "if (stored === undefined || !isSamePoint(stored, asked)) return 'dropped'",
        replace: "if (stored === undefined) return 'dropped'",
      },
    ],
  },
]
