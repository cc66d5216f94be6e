// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { degradedOf } from '../../../src/client/degraded.ts'
import { registerWorker } from '../../../src/client/register/registration.ts'
import { errorToRecord } from '../../../src/domain/errors.ts'
import { createFakeClock } from '../rpc/fake-clock.ts'

const WORKER = { url: 'https://app.example/sw.js', scope: 'https://app.example/', type: 'classic' } as const

function createContainer(register: () => Promise<unknown>) {
  const container = Object.assign(new EventTarget(), { register, controller: null })
  vi.stubGlobal('navigator', { serviceWorker: container })
}

afterEach(() => vi.unstubAllGlobals())

async function refusal(): Promise<ReturnType<typeof errorToRecord>> {
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof errorToRecord>>()
  registerWorker(WORKER, createFakeClock()).catch((error: unknown) => resolve(errorToRecord(error)))
  return promise
}

test('a tool that blocks workers is named, with what to do', async () => {
  createContainer(async () => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const error = await refusal()
  expect(error).toMatchObject({ code: 'worker/unavailable', details: { reason: 'blocked' } })
  expect(degradedOf([{ rung: 'worker+indexeddb', error }])?.remedy).toContain('serviceWorkers')
})

test('a page in place of the script is named', async () => {
  createContainer(() => Promise.reject(new DOMException('unsupported MIME type', 'SecurityError')))
  vi.stubGlobal(
    'fetch',
    async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
  )
  vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(await refusal()).toMatchObject({ code: 'worker/not-a-script' })
})
