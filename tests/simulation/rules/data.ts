// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code.
import type { Rule } from './rule.ts'

/** The second table: trash, purge, stubs and what is offered again. */
export const DATA_RULES: readonly Rule[] = [
  {
    name: 'cursor-knows-the-end',
    about: 'a cursor does not say how far the log went when it was given',
    patches: [
      {
        file: 'server/storage/points.ts',
        find: 'if (shownDigest !== point.shownAt?.digest) throw gone()',
        replace: '',
      },
    ],
  },
  {
    name: 'content-tells-how-far',
    about:
      'what a conversation’s content told of the end of the log is forgotten when the cursor moved meanwhile',
    patches: [
      {
        file: 'src/engine/sync/pull.ts',
        find: 'const also = reached === undefined ? {} : { reached }',
        replace: 'const also = reached === undefined ? {} : {}',
      },
    ],
  },
  {
    name: 'trash-records-heads',
    about: 'the trash notes nothing of what it hides',
    patches: [
      {
        file: 'src/engine/trash-commands.ts',
        find: 'heads: [...new Set([...heads.map(({ id }) => id), ...lackingHeads(state).map(([id]) => id)])].sort(),',
        replace: 'heads: [],',
      },
    ],
  },
  {
    name: 'unseen-shows-again',
    about: 'what is in the trash stays there, whatever came since',
    patches: [
      {
        file: 'src/engine/derive-record.ts',
        find: 'return isRecorded && entries.every((entry) => entry.heads.every((head) => recorded.has(head.id)))',
        replace: 'return entries.length >= 0',
      },
    ],
  },
  {
    name: 'own-operations-whole',
    about: 'the delta answers stubs for what the asker wrote',
    patches: [
      {
        file: 'server/storage/log-row.ts',
        find: "if (row.kind === 'stub') return `${placed}}`",
        replace:
          'if (row.kind === \'stub\' || row.id.charCodeAt(0) % 3 === 0) return `${placed}}`.replace(\'"kind":"set"\', \'"kind":"stub"\')',
      },
    ],
  },
  {
    name: 'purge-names-all-below',
    about: 'a purge names only heads',
    patches: [
      {
        file: 'src/domain/purge.ts',
        find: 'for (const id of overwritesById.get(top.id) ?? []) stack.push({ id, isLeaving: false })',
        replace: '',
      },
    ],
  },
  {
    name: 'late-value-under-a-purge',
    about: 'a value that comes to light under something purged stays',
    patches: [
      {
        file: 'src/engine/purge.ts',
        find: 'if (state.purged.size === 0) return',
        replace: 'if (state.purged.size >= 0) return',
      },
    ],
  },
  {
    name: 'purges-kept-on-devices',
    about: 'a device forgets the purges that it heard of',
    patches: [
      {
        file: 'src/engine/conversation-flush.ts',
        find: "requests.push(tx.put('seen', { conversationId: state.id, register: 'purges', stubs: {}, purges }))",
        replace: 'void purges',
      },
    ],
  },
  {
    name: 'no-stub-for-a-head',
    about: 'heads are offered again as stubs',
    patches: [
      {
        file: 'src/engine/sync/offer.ts',
        find: 'const waiting: Waiting[] = lacking.map((operation) => ({ operation, row: offer }))',
        replace:
          "const waiting: Waiting[] = lacking.map((operation) => ({ row: offer, operation: operation.kind === 'set' && operation.id.charCodeAt(0) % 3 === 0 ? { kind: 'stub', id: operation.id, conversationId: operation.conversationId, register: operation.register, overwrites: operation.overwrites } : operation }))",
      },
    ],
  },
  {
    name: 'stubs-kept',
    about: 'what is overwritten is forgotten',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'if (hidden.has(head.id) || isPurged(head.id)) stubs.set(head.id, head.overwrites)',
        replace: 'if (hidden.has(head.id) || isPurged(head.id)) continue',
      },
    ],
  },
  {
    name: 'post-with-cursor',
    about: 'a POST does not say what its sender has seen',
    patches: [
      {
        file: 'src/engine/sync/batch.ts',
        find: 'return { projectId: space.projectId, cursor: space.cursor, conversations } as PostBody',
        replace: "return { projectId: space.projectId, cursor: '0', conversations } as PostBody",
      },
    ],
  },
  {
    name: 'offering-order',
    about: 'what is offered again goes in the opposite order',
    patches: [
      {
        file: 'src/engine/sync/offer.ts',
        find: "await appendRows(tx, toRows(waiting.filter(({ operation }) => operation.kind === 'purge')))",
        replace: '',
      },
      {
        file: 'src/engine/sync/offer.ts',
        find: 'await appendRows(tx, toRows(afterOverwritten(waiting, queued)))',
        replace: 'await appendRows(tx, toRows(waiting.toReversed()))',
      },
    ],
  },
  {
    name: 'whole-replaces-stub',
    about: 'the server keeps a stub when the whole operation comes',
    patches: [
      {
        file: 'server/storage/arrivals.ts',
        find: "if (known !== undefined && (operation.kind !== 'set' || known.kind !== 'stub' || isPurged)) {",
        replace: 'if (known !== undefined) {',
      },
    ],
  },
  {
    name: 'stub-does-not-confirm',
    about: 'being shown in any way confirms',
    patches: [
      {
        file: 'src/engine/sync/confirm.ts',
        find: "if (operation.kind === 'stub' && (await unit.levelOf(operation)) === 'value')",
        replace: "if (operation.kind === 'stub' && operation.id === '')",
      },
    ],
  },
  {
    name: 'offered-bottom-up',
    about: 'stubs are offered top down',
    patches: [
      {
        file: 'src/engine/known-operations.ts',
        find: 'return [...purges, ...stubs, ...values]',
        replace: 'return [...purges, ...stubs.toReversed(), ...values]',
      },
      {
        file: 'src/engine/sync/offer.ts',
        find: 'return bottomUp([...roots, ...aboveQueue], overwritesById).flatMap((id) => byId.get(id) ?? [])',
        replace: 'return [...byId.values()]',
      },
    ],
  },
  {
    name: 'stub-heads-transparent',
    about: 'a stub that nobody purged hides what it overwrites',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'for (const [id, overwrites] of stubs) if (isPurged(id)) todo.push(...overwrites)',
        replace: 'for (const [, overwrites] of stubs) todo.push(...overwrites)',
      },
    ],
  },
  {
    name: 'held-in-the-answer',
    about: 'the answer to a POST does not tell what is held already',
    patches: [
      {
        file: 'server/storage/arrivals.ts',
        find: 'if (!known.isNew && known.seq <= cursorSeq) held.add(id)',
        replace: '',
      },
    ],
  },
  {
    name: 'replaced-stub-leaves-its-row',
    about: 'a stub that was replaced is delivered again from its old row',
    patches: [
      {
        file: 'server/storage/arrivals.ts',
        find: 'if (known !== undefined) replaced.add(known.seq)',
        replace: '',
      },
    ],
  },
  {
    name: 'least-born-decides',
    about: 'of two places of one message the later one decides',
    patches: [
      {
        file: 'src/engine/change-state.ts',
        find: 'comparePlaces(placeOf(head), placeOf(least)) < 0',
        replace: 'comparePlaces(placeOf(head), placeOf(least)) > 0',
      },
    ],
  },
]
