import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A device's way to a server, which can be pulled: for browsers that cannot be told to be offline. */
export type Cable = {
  /** The address under which this device knows the server. */
  readonly url: string
  pull(): Promise<void>
  plugIn(): Promise<void>
  close(): void
}

export async function layCable(to: string): Promise<Cable> {
  const { hostname: host, port } = new URL(to)
  const sockets = new Set<Socket>()
  let server = await listen(0)
  const own = (server.address() as AddressInfo).port

  async function listen(on: number): Promise<Server> {
    const listening = createServer((near) => {
      const far = connect(Number(port), host)
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => other.destroy()) // The other side hears of it as a closed connection.
        socket.on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
    listening.listen(on, host)
    await once(listening, 'listening')
    return listening
  }

  function cut(): void {
    server.close()
    for (const socket of sockets) socket.destroy()
  }

  return {
    url: `http://${host}:${own}`,
    async pull() {
      const closed = once(server, 'close')
      cut()
      await closed
    },
    async plugIn() {
      server = await listen(own)
    },
    close: cut,
  }
}
