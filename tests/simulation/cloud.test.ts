import { expect, test } from 'vitest'
import { anId } from '../unit/server/builders.ts'
import { type Cloud, createCloud } from './cloud.ts'
import { openMemoryEngine } from './memory-engine/open-memory-engine.ts'
import { createWorld } from './world.ts'

function post(cloud: Cloud) {
  const value = { title: 'A title', by: { device: 'd', at: 1 } }
  const set = { kind: 'set', conversationId: 'c', register: 'title', stamp: 1, overwrites: [], value }
  const conversations = [{ id: 'c', operations: [{ ...set, id: anId() }] }]
  const body = JSON.stringify({ projectId: 'p', cursor: '0', conversations })
  const headers = { 'Content-Type': 'application/json', 'X-Chatkeep-Account': 'anna' }
  return cloud.handle({ method: 'POST', path: '/conversations', headers, body }, 'anna')
}

// The engine of arrays works out a statement when it runs first, by the values that it was built with: one that was built and never ran
// was refused from then on, in every history of this process (seed 154000).
test('servers that are killed before a statement ran for the first time keep no later one from running it', async () => {
  for (let statements = 0; ; statements++) {
    const cloud = createCloud(createWorld(1, false), {}, openMemoryEngine, () => {})
    cloud.dieAfter(statements)
    const answer = await post(cloud).catch(() => 'killed' as const)
    await cloud.close()
    if (answer === 'killed') continue
    expect(answer.status).toBe(200)
    expect(statements).toBeGreaterThan(6)
    return
  }
})
