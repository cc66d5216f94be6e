import { ChatkeepError } from '../../domain/errors.ts'

/** The part of the browser's `Storage` that we use. */
export type TextStorage = {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** The same storage, throwing `storage/quota` when it is full and `storage/unavailable` when the browser refuses access. */
export function withOurErrors(storage: TextStorage): TextStorage {
  return {
    get length() {
      return attempt(() => storage.length)
    },
    key: (index) => attempt(() => storage.key(index)),
    getItem: (key) => attempt(() => storage.getItem(key)),
    setItem: (key, value) => attempt(() => storage.setItem(key, value)),
    removeItem: (key) => attempt(() => storage.removeItem(key)),
  }
}

function attempt<T>(access: () => T): T {
  try {
    return access()
  } catch (cause) {
    const { name, message } = cause as { name?: unknown; message?: unknown }
    if (name === 'QuotaExceededError' || name === 'NS_ERROR_DOM_QUOTA_REACHED') {
      const text =
        'The browser’s local storage is full. Nothing of this change was written; delete conversations and try again.'
      throw new ChatkeepError('storage/quota', text, { cause })
    }
    throw new ChatkeepError(
      'storage/unavailable',
      `The browser’s local storage refused: ${String(message)}`,
      { cause },
    )
  }
}
