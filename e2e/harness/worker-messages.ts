import { expect, type Page } from '@playwright/test'
import type { WorkerControl } from './worker-control.ts'

export type WorkerAnswer = {
  readonly ok: boolean
  readonly value?: unknown
  readonly error?: { readonly code: string }
}

/** What the active worker says about itself, asked without the client. */
export async function helloOf(page: Page): Promise<{ readonly build: string; readonly bootId: string }> {
  const call = { database: null, argument: {} }
  const message = { type: 'APPLY', path: ['hello'], argumentList: [{ type: 'RAW', value: call }] }
  const { value } = await askWorker(page, message)
  return value as { build: string; bootId: string }
}

/** Sends one message to the active worker and answers what it says to it. */
export async function askWorker(page: Page, message: object): Promise<WorkerAnswer> {
  return page.evaluate(
    (message) =>
      new Promise<WorkerAnswer>((resolve, reject) => {
        const id = crypto.randomUUID()
        const channel = 'chatkeep/1'
        navigator.serviceWorker.addEventListener('message', ({ data }) => {
          if (data?.channel === channel && data.message?.id === id) resolve(data.message.value)
        })
        navigator.serviceWorker.startMessages()
        navigator.serviceWorker
          .getRegistration()
          .then(
            (registration) => registration?.active?.postMessage({ channel, message: { ...message, id } }),
            reject,
          )
      }),
    message,
  )
}

/** As the browser does once a day and at each navigation: asks for the worker's script again. Resolves when it has looked. */
export async function lookForUpdate(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    await registration?.update()
  })
}

/** The states of the installing, the waiting and the active worker. */
export async function workerStates(page: Page): Promise<readonly (string | undefined)[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const { installing, waiting, active } = registration ?? {}
    return [installing?.state, waiting?.state, active?.state]
  })
}

/**
 * Waits until no worker is on its way, and answers the build of the one in charge. A new worker takes over when the old one is
 * idle; attached tools keep it from ever being so once it was busy at the wrong moment, so it is stopped then.
 */
export async function settledBuild(
  { page }: { readonly page: Page },
  device: WorkerControl,
): Promise<string> {
  const settle = async () => {
    const states = await workerStates(page)
    if (states[1] === 'installed') await device.stopWorkers()
    return states
  }
  await expect.poll(settle).toEqual([undefined, undefined, 'activated'])
  return (await helloOf(page)).build
}
