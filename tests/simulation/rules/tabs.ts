// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code.
import type { Rule } from './rule.ts'

/** The rest of the third table: tabs and their branches, who may recover, names, stored waits, and what happens by itself. */
export const TAB_RULES: readonly Rule[] = [
  {
    name: 'page-stays-on-its-branch',
    about: 'a page follows the open branch wherever it goes',
    patches: [
      {
        file: 'src/react/chat/load-branch.ts',
        find: 'return holds(mine, leaf.id) ? fromFirstShown(mine, shown) : latest(open, pageSize)',
        replace: 'return latest(open, pageSize)',
      },
    ],
  },
  {
    name: 'no-leaf-on-append',
    about: 'every append chooses its branch for everybody',
    patches: [
      {
        file: 'src/engine/append.ts',
        find: 'if (open?.id !== last.id || isBeside) await',
        replace: 'if (open?.id !== last.id || isBeside || written.length > 0) await',
      },
    ],
  },
  {
    name: 'answer-is-an-append',
    about: 'an answer stands beside what came after its question',
    patches: [
      {
        file: 'src/engine/drafts.ts',
        find: 'attachmentFor(unit.tx, state, draft.after, draft.fork === true)',
        replace: 'attachmentFor(unit.tx, state, draft.after, true)',
      },
    ],
  },
  {
    name: 'draft-lock',
    about: 'an answer is recovered although its writer holds its lock',
    patches: [
      {
        file: 'src/engine/housekeeping.ts',
        find: '`draft:${database.name}:${draft.messageId}`',
        replace: '`nobody:${database.name}:${draft.messageId}`',
      },
    ],
  },
  {
    name: 'removed-name-stays-removed',
    about: 'a late call makes a database again that was removed',
    patches: [
      {
        file: 'src/engine/engines.ts',
        find: 'const opening = openEngine(name, false)',
        replace: 'const opening = openEngine(name, true)',
      },
    ],
  },
  {
    name: 'cap-on-stored-waits',
    about: 'a wait is believed however long it is',
    patches: [
      {
        file: 'src/engine/sync/backoff.ts',
        find: 'now + Math.min(MAX_RETRY_AFTER_MS, Math.max(0, failure.retryAfterMs))',
        replace: 'now + Math.max(0, failure.retryAfterMs)',
      },
      {
        file: 'src/engine/sync/backoff.ts',
        find: 'if (backoff.nextAttemptAt - backoff.setAt > capMs) return true',
        replace: '',
      },
    ],
  },
  {
    name: 'trash-that-is-now',
    about: 'the period in the trash counts from the first time that it was there',
    patches: [
      {
        file: 'src/engine/retention/retention.ts',
        find: ': Math.max(...known)',
        replace: ': Math.min(...Object.values(received))',
      },
    ],
  },
  {
    name: 'automation-needs-the-right-clock',
    about: 'rules are followed whatever the cloud says of the time',
    patches: [
      {
        file: 'src/engine/retention/gate.ts',
        find: "if (Math.abs(time.cloudMs - time.localMs) > MAX_CLOCK_DISAGREEMENT_MS) return closed('clock-wrong')",
        replace: '',
      },
    ],
  },
]
