/** A rule of the protocol, and what the source looks like without it. */
export type Rule = {
  readonly name: string
  /** What breaks, in a few words, for the table. */
  readonly about: string
  readonly patches: readonly Patch[]
}

/** An exact text that occurs once in a file, and what stands there instead. */
export type Patch = { readonly file: string; readonly find: string; readonly replace: string }
