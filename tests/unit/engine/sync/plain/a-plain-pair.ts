import type { Network } from '../../../../../src/ports/network.ts'
import type { PlainServerOptions } from '../../../../builders/plain-server.ts'
import { aDevice, aNetwork, type DeviceOptions, type Fault } from '../a-device.ts'

/** A device on a plain server, with a network whose next requests can be made to fail. */
export async function aPlainPair(server: Network, options: Omit<DeviceOptions, 'network'> = {}) {
  const network = aNetwork(server)
  return { network, device: await aDevice({ ...options, network, isPlain: true }) }
}
export type PlainDevice = Awaited<ReturnType<typeof aPlainPair>>['device']

/** Two devices of one person; what the first wrote is on both. */
export async function twoPlainDevices(server: Network) {
  const first = await aPlainPair(server, { name: 'first' })
  const second = await aPlainPair(server, { name: 'second', seed: 2 })
  await first.device.say('c', 'question')
  await meet(first.device)
  await second.device.service.wake({ reason: 'poke', projectId: 'p' })
  return [first, second] as const
}

/** Both kinds of plain servers, by name. */
export const VARIANTS: readonly (readonly [string, PlainServerOptions])[] = [
  ['with ETag', { hasEtags: true }],
  ['without any validator', { hasEtags: false }],
]

/** A few rounds in which every device hears of everything, whatever the lists say. */
export async function meet(...devices: readonly PlainDevice[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const device of devices) await device.service.syncNow({})
}

export async function messagesOf(device: PlainDevice, conversationId: string) {
  const { messages } = await device.service.loadMessages({ conversationId, limit: 0 })
  return messages.map(({ message }) => message)
}

/** A request that goes as usual, before one that does not. */
export const pass: Fault = (_request, go) => go()
