import { expect, test } from 'vitest'
import { MAX_EVENT_STREAMS } from '../../../server/limits.ts'
import { aMessage, aServer } from './builders.ts'

/** Reads a stream's text until it holds what is looked for, or the stream ends. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let text = ''
  while (!text.includes(wanted)) {
    const { done, value } = await reader.read()
    if (done) return `${text}(end)`
    text += new TextDecoder().decode(value)
  }
  return text
}

const open = async (
  server: Awaited<ReturnType<typeof aServer>>,
  account = 'anna',
  query = '?projectId=p',
) => {
  const answer = await server.ask(account, 'GET', `/events${query}`)
  if (answer.body === null) throw new Error('no stream')
  return { answer, reader: answer.body.getReader() }
}

test('a device hears of what another one writes, without the content', async () => {
  const server = await aServer()
  const { answer, reader } = await open(server)
  expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(await readUntil(reader, '\n\n')).toBe('event: poke\ndata: {"projectId":"p","cursor":"0"}\n\n')
  const { head } = await (await server.post('anna', [aMessage('c', 'secret')])).json()
  expect(await readUntil(reader, head)).not.toContain('secret')
  await reader.cancel()
})

test('a device hears nothing of another account’s project of the same name', async () => {
  const server = await aServer({ heartbeatMs: 20 })
  const { reader } = await open(server, 'ben')
  await readUntil(reader, '\n\n')
  await server.post('anna', [aMessage('c', 'a')])
  expect(await readUntil(reader, 'heartbeat')).not.toContain('poke')
  await reader.cancel()
})

test('a stream without a project tells of all of the account’s, also of ones that begin later, and of no other account’s', async () => {
  const server = await aServer({ heartbeatMs: 20 })
  await server.post('anna', [aMessage('c', 'a')])
  const { reader } = await open(server, 'anna', '')
  expect(await readUntil(reader, '\n\n')).toContain('"projectId":"p"')
  const { reader: ofBen } = await open(server, 'ben', '')
  const later = {
    projectId: 'later',
    cursor: '0',
    conversations: [{ id: 'd', operations: [aMessage('d', 'b')] }],
  }
  await server.ask('anna', 'POST', '/conversations', later)
  expect(await readUntil(reader, '\n\n')).toContain('"projectId":"later"')
  expect(await readUntil(ofBen, 'heartbeat')).not.toContain('poke')
  await Promise.all([reader.cancel(), ofBen.cancel()])
})

test('a stream ends with its session', async () => {
  let isSignedIn = true
  const server = await aServer({
    heartbeatMs: 5,
    authenticate: () => (isSignedIn ? { accountId: 'anna' } : null),
  })
  const { reader } = await open(server)
  await readUntil(reader, 'heartbeat')
  isSignedIn = false
  expect(await readUntil(reader, 'never')).toContain('(end)')
})

test('streams end when the server closes', async () => {
  const server = await aServer()
  const { reader } = await open(server)
  await readUntil(reader, '\n\n')
  const ended = readUntil(reader, 'never')
  server.endStreams()
  expect(await ended).toBe('(end)')
})

test('an account cannot open streams without end, and a closed one makes room', async () => {
  const server = await aServer()
  const streams = await Promise.all(Array.from({ length: MAX_EVENT_STREAMS }, () => open(server)))
  await Promise.all(streams.map(({ reader }) => readUntil(reader, '\n\n')))
  expect((await server.ask('anna', 'GET', '/events?projectId=p')).status).toBe(429)
  expect(await (await server.app.request('/metrics')).text()).toContain(
    `chatkeep_event_streams ${MAX_EVENT_STREAMS}`,
  )
  await streams[0]?.reader.cancel()
  const next = await open(server)
  expect(next.answer.status).toBe(200)
  server.endStreams()
})
