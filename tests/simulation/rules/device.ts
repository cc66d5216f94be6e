import type { Rule } from './rule.ts'

/** The third table: one device, its tabs, drafts, accounts, queue and clock. */
export const DEVICE_RULES: readonly Rule[] = [
  {
    name: 'strict-order',
    about: 'later rows overtake earlier ones of their conversation',
    patches: [{ file: 'src/engine/sync/batch.ts', find: 'rows.push(row)', replace: 'rows.unshift(row)' }],
  },
  {
    name: 'quarantine-lets-the-rest-go-on',
    about: 'what was put aside holds up everything after it',
    patches: [
      {
        file: 'src/engine/sync/batch.ts',
        find: 'if (isInDoubt(row)) inDoubt.push(row.sequence)',
        replace: 'return false',
      },
    ],
  },
  {
    name: '401-asks-again',
    about: 'a destination that was parked stays so',
    patches: [
      {
        file: 'src/engine/sync/space.ts',
        find: "if (space.parked !== null && reason === 'save') continue",
        replace: 'if (space.parked !== null) continue',
      },
      {
        file: 'src/engine/sync/round.ts',
        find: 'return reasons.size > 0 && space.parked !== null && !mayAsk(space, reasons, now)',
        replace: 'return reasons.size < 0',
      },
    ],
  },
  {
    name: 'save-never-shortens',
    about: 'a save ends a wait',
    patches: [
      {
        file: 'src/engine/sync/backoff.ts',
        find: 'if (!endsWaits(reason)) return false',
        replace: "if (!endsWaits(reason) && reason !== 'save') return false",
      },
    ],
  },
  {
    name: 'old-asks-end-no-wait',
    about: 'what was asked for while another context drained ends a wait that began long after it',
    patches: [
      {
        file: 'src/engine/sync/asks.ts',
        find: 'return isFresh || !endsWaits(ask.reason) ? ask',
        replace: 'return isFresh || ask.at > 0 ? ask',
      },
    ],
  },
  {
    name: 'retry-after-is-a-floor',
    about: 'the time that a server names is not respected',
    patches: [
      {
        file: 'src/engine/sync/backoff.ts',
        find: 'nextAttemptAt: Math.max(now + delayMs, floor),',
        replace: 'nextAttemptAt: now + delayMs,',
      },
    ],
  },
  {
    name: 'only-time-ends-retry-after',
    about: 'coming online ends the time that a server named',
    patches: [
      {
        file: 'src/engine/sync/backoff.ts',
        find: "return backoff.reason !== 'rate' && floorInForce(backoff, now) === null",
        replace: 'return true',
      },
    ],
  },
  {
    name: 'waits-of-a-wrong-clock-end',
    about: 'a wait that was set in the future is believed',
    patches: [
      {
        file: 'src/engine/sync/backoff.ts',
        find: 'if (backoff.setAt > now + CLOCK_TOLERANCE_MS) return true',
        replace: '',
      },
    ],
  },
  {
    name: 'account-header',
    about: 'the server does not ask whose database it is',
    patches: [
      {
        file: 'server/create-server.ts',
        find: "if (c.req.header(ACCOUNT_HEADER) === accountToHeader(c.get('session').accountId)) return next()",
        replace: 'if (c.req.path.length > 0) return next()',
      },
    ],
  },
  {
    name: 'refused-batch-halves',
    about: 'a batch that is too large is sent again as it is',
    patches: [
      {
        file: 'src/engine/sync/space-cycle.ts',
        find: 'turn.maxOperations = Math.max(1, pushed.operationCount >> 1)',
        replace: 'if (pushed.operationCount > 1) return brokenServer()',
      },
    ],
  },
  {
    name: 'page-names-its-database',
    about: 'the worker takes the database of whoever is signed in',
    patches: [
      {
        file: 'src/engine/host.ts',
        find: 'if (database !== null) return callEngine(database, method, argument)',
        replace:
          "if (database !== null) return callEngine((await (await accountsOf(database.replace(/:.*/s, ''))).openSession()).database, method, argument)",
      },
    ],
  },
  {
    name: 'half-never-complete',
    about: 'an answer that broke off is recovered as complete',
    patches: [
      {
        file: 'src/engine/recover-draft.ts',
        find: "const status = draft.stop === true ? 'stopped' : 'interrupted'",
        replace: "const status = 'complete'",
      },
    ],
  },
  {
    name: 'draft-lease',
    about: 'an answer that still grows is recovered',
    patches: [
      {
        file: 'src/engine/draft-lease.ts',
        find: "return draft.kind === 'answer' && (draft.leaseUntil < now || draft.leaseUntil > now + LEASE_MS)",
        replace: "return draft.kind === 'answer'",
      },
    ],
  },
  {
    name: 'late-owner-writes-over-its-own',
    about: 'a writer that lost its answer overwrites whatever stands there',
    patches: [
      {
        file: 'src/engine/drafts.ts',
        find: 'await writeMessage(unit.tx, state, author, id, value, { over: [over], atLeast: entry.born })',
        replace:
          'await writeMessage(unit.tx, state, author, id, value, { over: entry.heads, atLeast: entry.born })',
      },
    ],
  },
  {
    name: 'removed-keeps-its-place',
    about: 'a removed message stands where it was removed',
    patches: [
      {
        file: 'src/engine/message-commands.ts',
        find: 'const { parentId, born } = entry',
        replace: 'const { parentId, born } = { parentId: entry.parentId, born: entry.born + 1 }',
      },
    ],
  },
  {
    name: 'edits-copy-born',
    about: 'an edit is born when it is made',
    patches: [
      {
        file: 'src/engine/edit-entry.ts',
        find: 'toValue(input, entry, unit.now),',
        replace:
          'toValue(input, { parentId: entry.parentId, born: Math.max(entry.born, unit.now) }, unit.now),',
      },
    ],
  },
  {
    name: 'newest-below-the-leaf-seen',
    about: 'an append of a stale tab branches',
    patches: [
      {
        file: 'src/engine/append.ts',
        find: ': state.tree.newestBelow(saw.id)',
        replace: ': saw',
      },
    ],
  },
]
