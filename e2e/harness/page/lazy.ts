declare const __PAGE_BUILD__: string

/** Only here so that a build has a chunk that is loaded late. */
export const LAZY_WORD = `late part of the ${__PAGE_BUILD__} build`
