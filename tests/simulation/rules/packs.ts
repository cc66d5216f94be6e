import type { Rule } from './rule.ts'

/** Packs: what a fold makes of the tail, and what an edit or a purge makes of a packed message. */
export const PACK_RULES: readonly Rule[] = [
  {
    name: 'fold-lays-the-tail-over-the-pack',
    about: 'a fold drops the edit of a message that lies in a pack already',
    patches: [
      {
        file: 'src/engine/fold.ts',
        find: 'messagesById.set(id, { id, born, parentId, heads,',
        replace: 'if (!messagesById.has(id)) messagesById.set(id, { id, born, parentId, heads,',
      },
    ],
  },
  {
    name: 'fold-rewrites-every-pack-it-reaches',
    about: 'a fold that reaches several packs merges with the first of them only',
    patches: [
      {
        file: 'src/engine/fold.ts',
        find: 'packs.slice(Math.max(0, from), Math.max(from, until) + 1)',
        replace: 'packs.slice(Math.max(0, from), Math.max(0, from) + 1)',
      },
    ],
  },
  {
    name: 'fold-is-one-transaction',
    about: 'what is folded leaves the tail, and its packs are to be written by the next fold',
    patches: [
      {
        file: 'src/engine/fold.ts',
        find: "await Promise.all(written.map((pack) => tx.put('packs', pack)))",
        replace: '',
      },
    ],
  },
  {
    name: 'purge-scrubs-packs',
    about: 'a purge leaves the packed copies of what it names',
    patches: [
      {
        file: 'src/engine/scrub.ts',
        find: 'const kept = messages.filter(({ id }) => !hidden.has(id))',
        replace: 'const kept = messages',
      },
    ],
  },
  {
    name: 'fold-writes-the-index',
    about: 'a fold does not note in the index what it packed',
    patches: [
      {
        file: 'src/engine/fold.ts',
        find: 'for (const message of merged) nodesById.set(message.id, nodeOf(message))',
        replace: '',
      },
    ],
  },
]
