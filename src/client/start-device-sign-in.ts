import type { DeviceSignIn, DeviceSignInOptions } from './device-sign-in.ts'

/**
 * Signs this device in by a code that the person approves elsewhere (RFC 8628, or LeanSpec's dialect). Use the token as
 * `cloud.getToken`. Loaded when it is called.
 */
export async function startDeviceSignIn(options: DeviceSignInOptions): Promise<DeviceSignIn> {
  return (await import('./device-sign-in.ts')).startDeviceSignIn(options)
}
