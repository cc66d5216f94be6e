import { loadavg } from 'node:os'
import { signIn, signUp } from '../harness/accounts.ts'
import { aMessage } from '../harness/messages.ts'
import { test } from '../harness/test.ts'

const COUNT = Number(process.env.MEASURED_MESSAGES ?? 50)

test('from the commit on one device to the other device’s page', async ({ cloud, openDevice }) => {
  const desk = await (await openDevice()).openTab(cloud.url)
  const sofa = await (await openDevice()).openTab(cloud.url)
  await signUp(desk, 'ada@example.com')
  await signIn(sofa, 'ada@example.com')
  await desk.chats.appendMessages('tides', [aMessage('warm up')])
  await sofa.page.waitForFunction(async () => {
    const client = await window.chatkeepPage.client
    return (await client.getConversation('tides')) !== null
  })
  // Both pages run on this machine: one clock.
  await sofa.page.evaluate(async () => {
    const client = await window.chatkeepPage.client
    const shownAt = new Map<string, number>()
    Object.assign(window, { shownAt })
    client.subscribe(async () => {
      const { messages } = await client.loadMessages('tides', { limit: 5 })
      for (const { id } of messages) if (!shownAt.has(id)) shownAt.set(id, Date.now())
    })
  })
  const delaysMs: number[] = []
  for (let index = 0; index < COUNT; index++) {
    const message = aMessage(`message ${index}`)
    const savedAt = await desk.page.evaluate(async (message) => {
      const client = await window.chatkeepPage.client
      await client.appendMessages('tides', [message])
      return Date.now()
    }, message)
    const shown = await sofa.page.waitForFunction(
      (id) => (window as unknown as { shownAt: Map<string, number> }).shownAt.get(id),
      message.id,
      { polling: 20 },
    )
    delaysMs.push(((await shown.jsonValue()) as number) - savedAt)
  }
  delaysMs.sort((a, b) => a - b)
  const at = (share: number) => delaysMs[Math.min(COUNT - 1, Math.floor(share * COUNT))]
  const withinASecond = delaysMs.filter((delayMs) => delayMs < 1_000).length
  console.log(`\n${COUNT} messages, milliseconds from the commit on one device to the other device's page`)
  console.log(`least ${at(0)} · p50 ${at(0.5)} · p90 ${at(0.9)} · p99 ${at(0.99)} · most ${delaysMs.at(-1)}`)
  console.log(
    `within a second: ${withinASecond} of ${COUNT} · load of this machine: ${loadavg()[0]?.toFixed(1)}`,
  )
})
