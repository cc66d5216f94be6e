/** What people do where the cloud is a plain server, and how often. */
export const PLAIN_ACTS = {
  say: 30,
  answer: 8,
  save: 6,
  edit: 12,
  remove: 3,
  fork: 3,
  select: 2,
  rename: 6,
  tag: 5,
  flag: 4,
  trash: 1,
  restore: 2,
  look: 8,
  sameId: 2,
  stream: 4,
  stop: 2,
  focus: 20,
  import: 1,
} as const
/** In some histories people delete for ever, too: of what they touch less is promised. */
export const PLAIN_ACTS_AND_PURGES = { ...PLAIN_ACTS, purge: 1, removeForever: 1 } as const
