/** Only here so that a build has a chunk that is loaded late. */
export const LAZY_WORD = 'loaded late'
