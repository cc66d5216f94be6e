/** One list of messages, the only conversation of LeanSpec's first layout. */
export const HISTORY_KEY = 'leanspec-chat-history'
/** The list of threads of the second layout. */
export const THREADS_KEY = 'leanspec-chat-threads'
/** Followed by the id of a thread: its messages. */
export const MESSAGES_PREFIX = 'leanspec-chat-messages-'

/** The texts that LeanSpec left, by key. */
export function readLegacyTexts(storage: Storage): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (let index = 0; index < storage.length; index++) {
    const key = storage.key(index)
    if (key === null || !isLegacyKey(key)) continue
    const text = storage.getItem(key)
    if (text !== null) texts.set(key, text)
  }
  return texts
}

export function isLegacyKey(key: string): boolean {
  return key === HISTORY_KEY || key === THREADS_KEY || key.startsWith(MESSAGES_PREFIX)
}
