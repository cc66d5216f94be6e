import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test, vi } from 'vitest'
import { SCHEMA, SCHEMA_VERSION } from '../../../src/ports/schema.ts'
import { createIndexedDbStorage } from '../../../src/storage/indexeddb/indexeddb-storage.ts'
import { aMessage } from '../../../src/testing/storage-contract/samples.ts'
import { increment } from '../../../src/testing/storage-contract/transaction-cases.ts'
import { setTimer } from '../../contract/storage/set-timer.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const aFactory = () => new IDBFactory()
const storageOn = (factory: IDBFactory) => createIndexedDbStorage({ factory, setTimer })
const fault = (name: string, message = name) => new DOMException(message, name)

/** Opens a plain connection that does not give way. */
function hold(factory: IDBFactory, name: string, version: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, version)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

test('a transaction that cannot be created because the connection is closing runs on a new connection', async () => {
  const storage = await storageOn(aFactory()).open('db')
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
    throw fault('InvalidStateError', 'The database connection is closing.')
  })
  await storage.write(['settings'], 'strict', increment)
  await storage.write(['settings'], 'strict', increment)
  expect((await storage.read(['settings'], (tx) => tx.get('settings', 'counter')))?.value).toBe(2)
})

test('a connection that stays lost is tried twice and then reported', async () => {
  const storage = await storageOn(aFactory()).open('db')
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
    throw fault('UnknownError', 'Connection to Indexed Database server lost. Refresh the page to try again')
  })
  const writing = storage.write(['settings'], 'strict', increment)
  await expect(writing).rejects.toMatchObject({ code: 'storage/connection-lost', retryable: true })
  expect(transaction).toHaveBeenCalledTimes(2)
  transaction.mockRestore()
  await storage.write(['settings'], 'strict', increment)
})

test('a request that fails with UnknownError is repeated with its whole transaction, with one effect', async () => {
  const storage = await storageOn(aFactory()).open('db')
  await storage.write(['settings'], 'strict', increment)
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => {
    throw fault('UnknownError', 'Connection to Indexed Database server lost')
  })
  await storage.write(['settings', 'messages'], 'strict', async (tx) => {
    await tx.put('messages', aMessage('c', 1))
    await increment(tx)
  })
  expect((await storage.read(['settings'], (tx) => tx.get('settings', 'counter')))?.value).toBe(2)
})

test('a quota error of the transaction comes through although its request never settles', async () => {
  const storage = await storageOn(aFactory()).open('db')
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(function (this: IDBObjectStore) {
    const transaction = this.transaction as IDBTransaction & { _abort(name: string): void }
    queueMicrotask(() => transaction._abort('QuotaExceededError'))
    return Object.assign(Object.create(IDBRequest.prototype), { addEventListener: () => {} }) as never
  })
  const writing = storage.write(['settings'], 'strict', async (tx) => {
    await Promise.all([tx.put('settings', { name: 'a', value: 1 }), tx.get('settings', 'a')])
    await tx.get('settings', 'a')
  })
  await expect(writing).rejects.toMatchObject({ code: 'storage/quota' })
})

test('a request that never settles does not outlive its transaction', async () => {
  const storage = await storageOn(aFactory()).open('db')
  vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementationOnce(
    () => Object.assign(Object.create(IDBRequest.prototype), { addEventListener: () => {} }) as never,
  )
  const writing = storage.write(['settings'], 'strict', (tx) => tx.get('settings', 'a'))
  await expect(writing).rejects.toMatchObject({ code: 'internal' })
})

test('an internal error while opening is tried three times more', async () => {
  for (const [failures, opens] of [
    [3, true],
    [4, false],
  ] as const) {
    const factory = aFactory()
    const realOpen = factory.open.bind(factory)
    let calls = 0
    factory.open = (...parameters) => {
      if (calls++ < failures)
        throw fault('UnknownError', 'Internal error opening backing store for indexedDB.open.')
      return realOpen(...parameters)
    }
    const delays: number[] = []
    const storage = createIndexedDbStorage({
      factory,
      setTimer: (callback, delayMs) => {
        delays.push(delayMs)
        queueMicrotask(callback)
        return () => {}
      },
    })
    const opening = storage.open('db')
    if (opens) await (await opening).close()
    else await expect(opening).rejects.toMatchObject({ code: 'storage/unavailable', retryable: true })
    expect(delays).toEqual([30, 120, 480])
  }
})

/** A timer that goes off when told, and the delays that were asked for. */
function aTimer() {
  const armed: { readonly callback: () => void; readonly delayMs: number }[] = []
  const goOff = async () => {
    await vi.waitUntil(() => armed.length > 0)
    const timer = armed.shift()
    timer?.callback()
    return timer?.delayMs
  }
  const set = (callback: () => void, delayMs: number) => {
    armed.push({ callback, delayMs })
    return () => {}
  }
  return { set, goOff }
}

test('removing what another tab holds is refused after five seconds', async () => {
  const factory = aFactory()
  await (await storageOn(factory).open('db')).close()
  const held = await hold(factory, 'db', SCHEMA_VERSION)
  const timer = aTimer()
  const removing = createIndexedDbStorage({ factory, setTimer: timer.set }).remove('db')
  const refused = expect(removing).rejects.toMatchObject({ code: 'storage/blocked', retryable: true })
  expect(await timer.goOff()).toBe(5_000)
  await refused
  held.close()
})

test('an upgrade that another tab blocks is refused after five seconds, and its late success is closed', async () => {
  const factory = aFactory()
  const held = await hold(factory, 'db', 1)
  const realOpen = factory.open.bind(factory)
  factory.open = (name) => realOpen(name, 7)
  const timer = aTimer()
  const opening = createIndexedDbStorage({ factory, setTimer: timer.set }).open('db')
  const refused = expect(opening).rejects.toMatchObject({ code: 'storage/blocked' })
  expect(await timer.goOff()).toBe(5_000)
  await refused
  held.close()
  await new Promise((resolve) => setTimeout(resolve, 30))
  // Nothing of the refused attempt holds the database.
  factory.open = realOpen
  await storageOn(factory).remove('db')
})

test('a database that is not ours is reported as storage/corrupt and left alone', async () => {
  const factory = aFactory()
  for (const version of [1, SCHEMA_VERSION]) {
    const name = `db-${version}`
    ;(await hold(factory, name, version)).close()
    await expect(storageOn(factory).open(name)).rejects.toMatchObject({ code: 'storage/corrupt' })
    const found = await hold(factory, name, version)
    expect([...found.objectStoreNames]).toEqual([])
    found.close()
  }
})

test('a database of the first layout gets what it lacks and keeps what it has', async () => {
  const factory = aFactory()
  const old = factory.open('db', 1)
  old.onupgradeneeded = () => {
    const { commits: _, ...first } = SCHEMA
    for (const [store, { keyPath, autoIncrement = false, indexes = {} }] of Object.entries(first)) {
      const made = old.result.createObjectStore(store, { keyPath: keyPath as string, autoIncrement })
      for (const [index, path] of Object.entries(indexes)) made.createIndex(index, path as string)
      if (store === 'settings') made.put({ name: 'app:kept', value: 1 })
    }
  }
  await new Promise((resolve) => {
    old.onsuccess = resolve
  })
  old.result.close()
  const storage = await storageOn(factory).open('db')
  await storage.write(['commits'], 'strict', (tx) => tx.add('commits', { number: 1, by: 'me' }))
  expect(await storage.read(['settings'], (tx) => tx.get('settings', 'app:kept'))).toMatchObject({ value: 1 })
})

test('a browser without IndexedDB answers storage/unavailable', async () => {
  const factory = aFactory()
  factory.open = () => {
    throw fault('SecurityError', 'Access is denied for this document.')
  }
  await expect(storageOn(factory).open('db')).rejects.toMatchObject({ code: 'storage/unavailable' })
})

test('a transaction whose work awaited something else says so', async () => {
  const storage = await storageOn(aFactory()).open('db')
  const writing = storage.write(['settings'], 'strict', async (tx) => {
    await tx.get('settings', 'a')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await tx.put('settings', { name: 'a', value: 1 })
  })
  await expect(writing).rejects.toMatchObject({ code: 'internal' })
})
