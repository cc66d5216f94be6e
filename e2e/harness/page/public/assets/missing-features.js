// Takes away what the page's address says (`without`), before any other script runs: see ../../../missing-features.ts.
const missing = new URLSearchParams(location.search).get('without')?.split(',') ?? []
const refuse = () => {
  throw new DOMException('Access is denied for this document.', 'SecurityError')
}
const replace = (owner, name, get) => Object.defineProperty(owner, name, { configurable: true, get })
if (missing.includes('worker')) replace(Navigator.prototype, 'serviceWorker', () => undefined)
if (missing.includes('indexeddb')) replace(window, 'indexedDB', () => undefined)
if (missing.includes('local-storage')) replace(window, 'localStorage', refuse)
if (missing.includes('locks')) replace(Navigator.prototype, 'locks', () => undefined)
if (missing.includes('broadcast-channel')) replace(window, 'BroadcastChannel', () => undefined)
if (missing.includes('indexeddb-open')) {
  const open = IDBFactory.prototype.open
  Object.assign(window, { mendIndexedDb: () => Object.assign(IDBFactory.prototype, { open }) })
  IDBFactory.prototype.open = function () {
    const request = open.call(this, `broken-${Math.random()}`, 1)
    request.addEventListener('upgradeneeded', () => request.transaction?.abort())
    return request
  }
}
