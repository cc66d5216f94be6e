// What is used of autocannon; it brings no types of its own.
declare module 'autocannon' {
  type Request = { method: string; path: string; headers: Record<string, string>; body?: string }
  type Connection = { device?: import('./cloud.ts').Device | undefined }
  type Options = {
    url: string
    connections: number
    duration: number
    requests: (Request & {
      /** The second argument is kept per connection. */
      setupRequest?: (request: Request, connection: Connection) => Request
    })[]
  }
  type Result = {
    duration: number
    '2xx': number
    non2xx: number
    errors: number
    latency: { p50: number; p99: number }
  }
  export default function autocannon(options: Options): Promise<Result>
}
