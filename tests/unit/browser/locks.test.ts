import { expect, test } from 'vitest'
import { createBrowserLocks, createLocalLocks } from '../../../src/browser/locks.ts'
import { settled } from '../rpc/fake-clock.ts'

test('holders of one name take turns, in order; other names do not wait', async () => {
  const locks = createLocalLocks()
  const course: string[] = []
  let release = () => {}
  const first = locks.hold('a', {}, async () => {
    course.push('first begins')
    await new Promise<void>((resolve) => (release = resolve))
    course.push('first ends')
  })
  const second = locks.hold('a', {}, async () => void course.push('second'))
  await locks.hold('b', {}, async () => void course.push('other'))
  release()
  await Promise.all([first, second])
  expect(course).toEqual(['first begins', 'other', 'first ends', 'second'])
})

test('a held lock is not waited for with ifAvailable, and is free again after a failure', async () => {
  const locks = createLocalLocks()
  const failing = locks.hold('a', {}, async () => {
    expect(await locks.hold('a', { ifAvailable: true }, async () => 'ran')).toBeUndefined()
    throw new Error('work failed')
  })
  await expect(failing).rejects.toThrow('work failed')
  expect(await locks.hold('a', { ifAvailable: true }, async () => 'ran')).toBe('ran')
})

test('who gave up waiting does not run', async () => {
  const locks = createLocalLocks()
  let release = () => {}
  void locks.hold('a', {}, () => new Promise<void>((resolve) => (release = resolve)))
  const controller = new AbortController()
  let ran = false
  const waiting = locks.hold('a', { signal: controller.signal }, async () => {
    ran = true
  })
  await settled()
  controller.abort()
  release()
  await expect(waiting).rejects.toThrow()
  expect(ran).toBe(false)
})

test('a browser that has the interface and refuses each request gets locks within its page', async () => {
  const refusing = { request: () => Promise.reject(new DOMException('denied', 'SecurityError')) }
  const locks = createBrowserLocks(refusing as unknown as LockManager)
  expect(locks.acrossContexts).toBe(true)
  expect(await locks.hold('a', {}, async () => 'ran')).toBe('ran')
  expect(locks.acrossContexts).toBe(false)
})

test('an error of the work is not taken for a refusal', async () => {
  let requests = 0
  const manager = {
    request: (_name: string, _options: unknown, work: (lock: object) => Promise<unknown>) => {
      requests += 1
      return work({})
    },
  }
  const locks = createBrowserLocks(manager as unknown as LockManager)
  await expect(locks.hold('a', {}, () => Promise.reject(new Error('work failed')))).rejects.toThrow(
    'work failed',
  )
  expect(requests).toBe(1)
  expect(locks.acrossContexts).toBe(true)
  await settled()
})
