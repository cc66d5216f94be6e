import autocannon from 'autocannon'
import type { Device } from './cloud.ts'

export type Measured = {
  readonly perSecond: number
  readonly p99: number
  /** Requests in all. */
  readonly count: number
}

export type Load = {
  readonly connections: number
  readonly seconds: number
  readonly method: 'GET' | 'POST'
  /** Who asks: each connection is one of them, in turn. */
  readonly devices: readonly Device[]
  readonly path: string
  /** Makes the body of each request. */
  readonly body?: (device: Device) => string
}

/** Requests per second and the 99th percentile in milliseconds; throws when anything but a 200 came. */
export async function measureLoad(url: string, load: Load): Promise<Measured> {
  const { connections, seconds, method, devices, path, body } = load
  let turn = 0
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method,
        path,
        headers: {},
        setupRequest(request, connection) {
          connection.device ??= devices[turn++ % devices.length]
          const { device } = connection
          if (device === undefined) throw new Error('There is no device to ask as.')
          const headers = { ...device.headers }
          return body === undefined ? { ...request, headers } : { ...request, headers, body: body(device) }
        },
      },
    ],
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} requests were refused and ${result.errors} failed: ${method} ${path}.`)
  }
  return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99, count: result['2xx'] }
}
