import type { Rule } from './rule.ts'

/** Freed values: what is absent, what becomes of it after a 410, and what may not be freed. */
export const FREED_RULES: readonly Rule[] = [
  {
    name: 'opening-asks-if-it-may',
    about: 'what is opened is asked for, whatever its destination asked for',
    patches: [
      {
        file: 'src/engine/sync/open-absent.ts',
        find: 'if (space !== undefined && !mayAsk(space, OPENING, clock.now()))',
        replace: 'if (space === null)',
      },
    ],
  },
  {
    name: 'lost-absent-head-is-a-stub',
    about: 'a freed value that the cloud lost goes on hiding what it overwrote',
    patches: [
      {
        file: 'src/engine/freeing/settle-absence.ts',
        find: '(value.provenAt === provenAt ? [] : [id])',
        replace: '(value.provenAt === provenAt ? [] : [])',
      },
    ],
  },
  {
    name: 'fill-with-cursor',
    about: 'a fill is applied although a 410 came since it was asked',
    patches: [
      {
        file: 'src/engine/sync/fetch-conversation.ts',
        find: 'if (stored === undefined || stored.suspect || stored.resets !== asked.resets)',
        replace: 'if (stored === undefined)',
      },
    ],
  },
  {
    name: 'nothing-freed-during-a-410',
    about: 'values are freed between a 410 and the end of the pull from zero',
    patches: [
      {
        file: 'src/engine/freeing/candidates.ts',
        find: 'const isCompared = !space.suspect && space.incarnation === database.incarnation',
        replace: 'const isCompared = space.incarnation === database.incarnation',
      },
      {
        file: 'src/engine/freeing/candidates.ts',
        find: 'return isSignedIn && isCompared && space.cursor !== CURSOR_ZERO && space.lastSuccessAt !== null',
        replace: 'return isSignedIn && isCompared',
      },
    ],
  },
  {
    name: 'nothing-compacted-during-a-410',
    about: 'old copies are dropped between a 410 and the end of the pull from zero',
    patches: [
      {
        file: 'src/engine/compact.ts',
        find: 'if (space?.suspect === true) return',
        replace: 'if (space === null) return',
      },
    ],
  },
  {
    name: 'freed-only-when-confirmed',
    about: 'what waits for the cloud is freed, too',
    patches: [
      {
        file: 'src/engine/freeing/candidates.ts',
        find: 'if ((await rowsOfConversation(tx, conversationId)).length > 0) return null',
        replace: '',
      },
    ],
  },
  {
    name: 'freed-heads-hide',
    about: 'what a freed value overwrote comes back while it is away',
    patches: [
      {
        file: 'src/domain/merge.ts',
        find: 'for (const overwrites of absent.values()) todo.push(...overwrites)',
        replace: '',
      },
    ],
  },
  {
    name: 'freed-trash-records',
    about: 'the trash does not record what was freed',
    patches: [
      {
        file: 'src/engine/trash-commands.ts',
        find: '...lackingHeads(state).map(([id]) => id)])].sort(),',
        replace: '])].sort(),',
      },
    ],
  },
]
