// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code.
import type { Rule } from './rule.ts'

/** Bugs of our own choosing in queue, storage and merge. */
export const OWN_RULES: readonly Rule[] = [
  {
    name: 'queue-unconfirmed-wait-again',
    about: 'what a pull did not show stays sent for ever',
    patches: [
      {
        file: 'src/engine/sync/pull.ts',
        find: "await tx.put('outbox', { ...row, state: 'waiting' })",
        replace: '',
      },
    ],
  },
  {
    name: 'queue-gone-is-suspect',
    about: 'after a 410 what waits is posted before the pull from zero has ended',
    patches: [
      {
        file: 'src/engine/sync/new-space.ts',
        find: 'return { ...space, cursor: CURSOR_ZERO, incarnation, suspect: true }',
        replace: 'return { ...space, cursor: CURSOR_ZERO, incarnation, suspect: false }',
      },
    ],
  },
  {
    name: 'queue-offers-before-its-list',
    about: 'what was written before the cloud was known is not queued when the log is long',
    patches: [
      {
        file: 'src/engine/sync/pull.ts',
        find: 'ended: asked, shown: new Set(), isClean: false',
        replace: 'ended: asked, shown: { has: () => true } as never, isClean: false',
      },
    ],
  },
  {
    name: 'list-moves-between-pages',
    about: 'a conversation that no page of the list named is not fetched',
    patches: [
      {
        file: 'src/engine/sync/pull.ts',
        find: 'if (bootstrap?.isPaged !== true) return {}',
        replace: 'if (bootstrap !== null) return {}',
      },
    ],
  },
  {
    name: 'queue-shown-before-built-upon',
    about: 'what builds on something acknowledged is sent before that was shown',
    patches: [
      {
        file: 'src/engine/sync/push.ts',
        find: 'if (batch.sent.length > 0) return',
        replace: 'if (batch.sent.length > 0 && batch.rows.length === 0) return',
      },
    ],
  },
  {
    name: 'queue-split-keeps-order',
    about: 'what waits behind a row that is cut is overtaken by its parts',
    patches: [
      {
        file: 'src/engine/sync/outbox-rows.ts',
        find: "(other) => other.sequence > sequence && other.state !== 'quarantined',",
        replace: '(other) => other.sequence > sequence && other.bytes < 0,',
      },
    ],
  },
  {
    name: 'queue-released-waits',
    about: 'what is put back from quarantine is lost',
    patches: [
      {
        file: 'src/engine/sync/quarantine.ts',
        find: "await tx.put('outbox', { ...rest, state: 'waiting' })",
        replace: "await tx.delete('outbox', sequence)",
      },
    ],
  },
  {
    name: 'queue-adopted-is-queued',
    about: 'what an account takes over is not queued for its cloud',
    patches: [
      {
        file: 'src/engine/absorb.ts',
        find: 'state.authored.push(operation)',
        replace: '',
      },
    ],
  },
  {
    name: 'storage-group-fails-alone',
    about: 'members of a group that failed are told that they were written',
    patches: [
      {
        file: 'src/engine/group-commit.ts',
        find: 'for (const member of group) await commitOne(member)',
        replace:
          'for (const member of group) member.settled.resolve({ conversationId: "", revision: 0, written: [] })',
      },
    ],
  },
  {
    name: 'storage-acknowledged-after-commit',
    about: 'a save is acknowledged although its transaction failed',
    patches: [
      {
        file: 'src/engine/group-commit.ts',
        find: 'return member.settled.reject(error)',
        replace: 'if (result === undefined) return member.settled.reject(error)',
      },
    ],
  },
  {
    name: 'storage-trees-of-a-revision',
    about: 'a cached tree is used whatever another context wrote',
    patches: [
      {
        file: 'src/engine/tree-cache.ts',
        find: 'return cached?.revision === revision ? cached.tree : undefined',
        replace: 'return cached?.tree',
      },
    ],
  },
  {
    name: 'storage-next-commit',
    about: 'what was known at a commit is relied on, whoever committed since',
    patches: [
      {
        file: 'src/engine/commits.ts',
        find: "tx.add('commits', { number, by }).catch(() => {}) // It fails the transaction.",
        replace: "tx.put('commits', { by }).catch(() => {})",
      },
    ],
  },
  {
    name: 'storage-ours-on-its-way',
    about: 'what one of our own transactions will leave is relied on, although it failed',
    patches: [
      {
        file: 'src/engine/commits.ts',
        find: 'if (number !== expected + 1 || before?.by !== by)',
        replace: 'if (number < 0 && before?.by !== by)',
      },
    ],
  },
  {
    name: 'storage-old-numbers-sealed',
    about: 'a number whose record was deleted may be given again',
    patches: [
      {
        file: 'src/engine/commits.ts',
        find: "tx.add('commits', { number: seal, by }).catch(() => {}) // It fails the transaction.",
        replace: '',
      },
    ],
  },
  {
    name: 'storage-stubs-are-written',
    about: 'the graph of what is overwritten stays in memory',
    patches: [
      {
        file: 'src/engine/conversation-flush.ts',
        find: "if (!seen.changed || register === 'purges') continue",
        replace: "if (!seen.changed || register === 'purges' || register === 'title') continue",
      },
    ],
  },
  {
    name: 'merge-ties-by-id',
    about: 'of equal stamps the one that came first wins',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'return a.id < b.id ? 1 : a.id > b.id ? -1 : 0',
        replace: 'return 0',
      },
    ],
  },
  {
    name: 'merge-hides-through-stubs',
    about: 'only what is overwritten directly is hidden',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'todo.push(...(overwritesById.get(id) ?? []))',
        replace: '',
      },
    ],
  },
  {
    name: 'merge-keeps-losers',
    about: 'of several heads only the winner is kept',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'return { heads: heads.sort(compareHeads), stubs, ...(absent.size === 0 ? {} : { absent }) }',
        replace: 'return { heads: heads.sort(compareHeads).slice(0, 1), stubs }',
      },
    ],
  },
  {
    name: 'server-digest-of-everything',
    about: 'the digest of a row leaves out the rows before it',
    patches: [
      {
        file: 'server/storage/cursor.ts',
        find: 'const sum = BigInt.asUintN(64, BigInt(`0x${digest}`) + hash.readBigUInt64BE(0))',
        replace: 'const sum = BigInt.asUintN(64, BigInt(`0x${digest}`) + 1n)',
      },
    ],
  },
  {
    name: 'server-strips-purged',
    about: 'a purge leaves the bodies that are in the log',
    patches: [
      {
        file: 'server/storage/append.ts',
        find: ', ...purgesToWrites(queries, space, operations)',
        replace: '',
      },
    ],
  },
]
