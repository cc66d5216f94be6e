/*
 * `commit()` saves the round trip after the last request. It has to leave a transaction that aborts when one of its requests fails: so says the
 * standard, and so does Chromium. Firefox (153) commits all the same, the failed request left out, unless that was the last one; WebKitGTK aborts, but
 * does not tell for what reason. Measured, see `docs/decisions/029`.
 */

/** Of `NavigatorUAData`; only Chromium has it, and only in secure contexts. */
type Brands = { readonly userAgentData?: { readonly brands?: readonly { readonly brand: string }[] } }

/**
 * Whether a transaction may be committed while its requests are under way; else it commits by itself after the last one. Not told by the user agent's
 * text, which people and their extensions change.
 */
export function mayCommitEarly(navigator: object | undefined = globalThis.navigator): boolean {
  const { userAgentData }: Brands = navigator ?? {}
  return userAgentData?.brands?.some(({ brand }) => brand === 'Chromium') === true
}
