import type { Rule } from './rule.ts'

/** Servers with the requirement's four endpoints only; found with `--plain`. */
export const PLAIN_RULES: readonly Rule[] = [
  {
    name: 'plain-confirmed-by-a-look',
    about: 'what is queued for a plain server leaves the queue with the first look',
    patches: [
      {
        file: 'src/engine/sync/plain/look.ts',
        find: '? unsettled.has(operation.register)',
        replace: '? false',
      },
    ],
  },
  {
    name: 'plain-guards-its-writes',
    about: 'a document is put in the place of whatever is there, although the server has validators',
    patches: [
      {
        file: 'src/engine/sync/plain/ask.ts',
        find: "return document.etag === null ? {} : { 'If-Match': document.etag }",
        replace: 'return {}',
      },
    ],
  },
  {
    name: 'plain-lacking-is-posted-again',
    about: 'what a list lacks and had once is not posted again',
    patches: [
      {
        file: 'src/engine/sync/plain/changes.ts',
        find: 'if (isPresent(value)) changes.push({ register, message: { id, value }, isShown: false })',
        replace:
          'if (isPresent(value) && ground.shown[register] === undefined) changes.push({ register, message: { id, value }, isShown: false })',
      },
    ],
  },
  {
    name: 'plain-takes-what-others-wrote',
    about: 'a message that another client added does not arrive',
    patches: [
      {
        file: 'src/engine/sync/plain/arrivals.ts',
        find: 'if (!isOld && (here === undefined || !showsValue(listed, here.value))) {',
        replace: 'if (!isOld && here !== undefined && !showsValue(listed, here.value)) {',
      },
    ],
  },
  {
    name: 'plain-looks-behind-the-list',
    about: 'what the list tells nothing new of is never looked at',
    patches: [
      {
        file: 'src/engine/sync/plain/plan.ts',
        find: 'const isDue = (checkedAt: number) => isAsked || Math.abs(now - checkedAt) >= RECHECK_MS',
        replace: 'const isDue = (_checkedAt: number) => false && RECHECK_MS > now && isAsked',
      },
    ],
  },
  {
    name: 'plain-unsettled-is-listed-again',
    about: 'what is left to do is forgotten when the list is as it was',
    patches: [
      {
        file: 'src/engine/sync/plain/look.ts',
        find: 'const listed = changes.length > 0 || wantsDelete ? null : (facts.listed ?? ground.sync?.listed ?? null)',
        replace: 'const listed = facts.listed ?? ground.sync?.listed ?? null',
      },
    ],
  },
  {
    name: 'plain-keeps-what-others-wrote',
    about: 'of a document only what is known here is posted',
    patches: [
      {
        file: 'src/engine/sync/plain/body.ts',
        find: 'written.push((id === undefined ? undefined : changedById.get(id)) ?? entry)',
        replace:
          'const changed = id === undefined ? undefined : changedById.get(id)\n    if (changed !== undefined) written.push(changed)',
      },
    ],
  },
]
