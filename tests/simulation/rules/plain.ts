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
    name: 'plain-seen-is-no-change',
    about: 'what the server shows as before counts as a change by others',
    patches: [
      {
        file: 'src/engine/sync/plain/arrivals.ts',
        find: 'const isOld = known?.hash === hash || (known',
        replace: 'const isOld = (known',
      },
    ],
  },
  {
    name: 'plain-absent-is-made',
    about: 'a conversation that the server does not have is never made there',
    patches: [
      {
        file: 'src/engine/sync/plain/ask.ts',
        find: "(outcome.kind === 'refused' && outcome.error.details.status === 404)",
        replace: 'false',
      },
    ],
  },
]
