/*
 * `commit()` saves the round trip after the last request. It has to leave a transaction that aborts when one of its requests fails: so says the
 * standard, and so does Chromium. Firefox (153) commits all the same, the failed request left out, unless that was the last one; WebKitGTK aborts, but
 * does not tell for what reason. Measured, see `docs/decisions/029`.
 */

/** Whether a transaction may be committed while its requests are under way; else it commits by itself after the last one. */
export const mayCommitEarly = (
  userAgent: string = globalThis.navigator?.userAgent ?? '', // "HeadlessChrome/…", too.
): boolean => /Chrom(e|ium)\//.test(userAgent)
