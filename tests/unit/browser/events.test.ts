import { expect, test } from 'vitest'
import { createBrowserEvents } from '../../../src/browser/events.ts'
import { settled } from '../rpc/fake-clock.ts'

const event = { type: 'statusChanged', database: 'db' } as const

test('an event reaches other contexts and this one, once each', async () => {
  const [one, two] = [createBrowserEvents(), createBrowserEvents()]
  const heard: string[] = []
  one.subscribe(() => heard.push('one'))
  two.subscribe(() => heard.push('two'))
  one.publish(event)
  for (let turn = 0; turn < 20 && heard.length < 2; turn++) await settled()
  expect(heard).toEqual(['one', 'two'])
  one.close()
  two.close()
})

test('where the browser refuses the channel this context still hears', () => {
  const events = createBrowserEvents(() => {
    throw new DOMException('denied', 'SecurityError')
  })
  const heard: unknown[] = []
  const stop = events.subscribe((each) => heard.push(each))
  expect(events.acrossContexts).toBe(false)
  events.publish(event)
  stop()
  events.publish(event)
  expect(heard).toEqual([event])
})
