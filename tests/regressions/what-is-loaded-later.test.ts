// @vitest-environment happy-dom
// A part of the client that could not be loaded at first came later, and the client went on saying that the browser offers nothing and that
// there is no update to apply.
import { expect, test, vi } from 'vitest'
import { register } from '../../src/index.ts'

const parts = vi.hoisted(() => ({ startAftercare: vi.fn() }))
vi.mock('../../src/client/aftercare.ts', () => parts)

test('what the browser offers, and an update, are there as soon as the part is that knows of them', async () => {
  const applyUpdate = vi.fn(async () => {})
  const told = vi.spyOn(console, 'error').mockImplementation(() => {})
  parts.startAftercare.mockRejectedValueOnce(new Error('offline')).mockResolvedValueOnce({
    capabilities: { serviceWorker: true },
    applyUpdate,
  })
  const client = await register({ worker: false })
  expect(client.capabilities.serviceWorker).toBe(false)
  expect(told).toHaveBeenCalledOnce()

  window.dispatchEvent(new Event('online'))
  await vi.waitFor(() => expect(client.capabilities.serviceWorker).toBe(true))
  await client.applyUpdate()
  expect(applyUpdate).toHaveBeenCalledOnce()
  await client.close()
})

test('what was on its way when the client was closed starts nothing', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  parts.startAftercare.mockReset().mockRejectedValueOnce(new Error('offline'))
  const client = await register({ worker: false })
  window.dispatchEvent(new Event('online'))
  await client.close()
  await vi.dynamicImportSettled()
  expect(parts.startAftercare).toHaveBeenCalledOnce()
})
