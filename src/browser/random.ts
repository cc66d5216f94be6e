import type { Random } from '../ports/random.ts'

const ID_BYTES = 16

/** The browser's own generator. `getRandomValues` is there on insecure origins too, where `randomUUID` is not. */
export function createBrowserRandom(): Random {
  return {
    number: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
    id: () => toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES))),
  }
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
