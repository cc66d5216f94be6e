import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readConfiguration } from '../../../server/configuration.ts'
import { createDemoChat } from '../../../server/demo-chat.ts'

const ask = (chat: ReturnType<typeof createDemoChat>, messages: unknown, signal?: AbortSignal) =>
  chat(
    new Request('http://demo.test/api/chat', {
      method: 'POST',
      body: JSON.stringify({ messages }),
      ...(signal === undefined ? {} : { signal }),
    }),
  )

async function chunksOf(
  answer: Response,
): Promise<{ type: string; delta?: string; messageMetadata?: unknown }[]> {
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: {'))
  return lines.map((line) => JSON.parse(line.slice('data: '.length)))
}

const question = [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'Why is the sky blue?' }] }]

test('the built-in responder streams AI SDK’s protocol and says what it is', async () => {
  const answer = await ask(createDemoChat({ wordDelayMs: 0 }), question)
  expect(answer.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
  const chunks = await chunksOf(answer)
  expect(chunks[0]).toMatchObject({
    type: 'start',
    messageMetadata: { model: { providerId: 'built-in', modelId: 'echo' } },
  })
  expect(chunks.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['text-start', 'text-delta', 'text-end', 'finish']),
  )
  const text = chunks.map(({ delta }) => delta ?? '').join('')
  expect(text).toContain('built-in responder')
  expect(text).toContain('Why is the sky blue?')
  expect(chunks.length).toBeGreaterThan(30)
})

test('an answer stops when its reader leaves', async () => {
  const controller = new AbortController()
  const answer = await ask(createDemoChat({ wordDelayMs: 5 }), question, controller.signal)
  const reader = answer.body?.getReader()
  await reader?.read()
  controller.abort()
  let chunks = 0
  while (!(await reader?.read())?.done) chunks++
  expect(chunks).toBeLessThan(20)
})

test('a configured endpoint answers instead, and its key is not shown', async () => {
  const asked: { authorization: string | undefined; body: string }[] = []
  const endpoint = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body })
      response.setHeader('Content-Type', 'text/event-stream')
      for (const content of ['Hel', 'lo'])
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
      response.end('data: [DONE]\n\n')
    })
  })
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`
  const { demo } = readConfiguration({
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: 'key',
    OPENAI_MODEL: 'small',
  })
  const answer = await ask(createDemoChat(demo ?? { wordDelayMs: 0 }), question)
  const text = await answer.clone().text()
  const chunks = await chunksOf(answer)
  expect(chunks.map(({ delta }) => delta ?? '').join('')).toBe('Hello')
  expect(chunks[0]?.messageMetadata).toEqual({ model: { providerId: 'openai-compatible', modelId: 'small' } })
  expect(text).not.toContain('key')
  expect(asked[0]?.authorization).toBe('Bearer key')
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
    model: 'small',
    stream: true,
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
  })
  endpoint.close()
})

test('settings are read from the environment, and senseless ones are named', () => {
  expect(readConfiguration({})).toMatchObject({
    port: 8787,
    databaseUrl: 'sqlite:./chatkeep-data/chatkeep.sqlite',
  })
  expect(
    readConfiguration({ PORT: '0', CHATKEEP_ALLOWED_ORIGINS: 'https://a.example, https://b.example' }),
  ).toMatchObject({
    port: 0,
    allowedOrigins: ['https://a.example', 'https://b.example'],
  })
  expect(() => readConfiguration({ PORT: 'http' })).toThrow(/PORT/)
  expect(() => readConfiguration({ CHATKEEP_MAX_BODY_BYTES: '-1' })).toThrow(/CHATKEEP_MAX_BODY_BYTES/)
})
