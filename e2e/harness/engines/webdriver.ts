/** A session of classic WebDriver: one command at a time, each in the window that it is for. */
export type WebDriverSession = {
  send(method: string, path: string, body?: object): Promise<unknown>
  /** Switches to a window and sends, with nothing in between. */
  inWindow(handle: string, method: string, path: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

const START_LIMIT_MS = 20_000

/** Waits for the driver to listen, then opens a session. */
export async function openSession(driverUrl: string, options: object): Promise<WebDriverSession> {
  const isReady = () =>
    fetch(`${driverUrl}/status`).then(
      ({ ok }) => ok,
      () => false, // It does not listen yet.
    )
  const givesUpAt = performance.now() + START_LIMIT_MS
  while (!(await isReady())) {
    if (performance.now() > givesUpAt) throw new Error(`No WebDriver came up at ${driverUrl}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { sessionId } = (await command(driverUrl, 'POST', '/session', {
    capabilities: { alwaysMatch: options },
  })) as { sessionId: string }
  const url = `${driverUrl}/session/${sessionId}`
  let last: Promise<unknown> = Promise.resolve()

  function inTurn(work: () => Promise<unknown>): Promise<unknown> {
    const turn = last.then(work, work)
    last = turn.catch(() => {}) // Whoever asked hears of it.
    return turn
  }

  return {
    send: (method, path, body) => inTurn(() => command(url, method, path, body)),
    inWindow: (handle, method, path, body) =>
      inTurn(async () => {
        await command(url, 'POST', '/window', { handle })
        return command(url, method, path, body)
      }),
    close: async () => void (await inTurn(() => command(url, 'DELETE', ''))),
  }
}

async function command(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { value } = (await answer.json()) as { value: unknown }
  if (answer.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`WebDriver, ${method} ${path}: ${error}: ${message}`)
}
