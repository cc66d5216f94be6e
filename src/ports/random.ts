/** Randomness and hashing, injected so that a simulation replays from its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  number(): number
  /** 128 random bits as 22 characters of base64url. */
  id(): string
}

export interface Hashing {
  /** First 128 bits of SHA-256 over the UTF-8 of the text, as 22 characters of base64url. Synchronous. */
  hash(text: string): string
}
