import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTree, type TreeNode } from '../../src/domain/tree.ts'
import { aMessage, anEngine } from '../builders/engine.ts'

test('a branch that begins with a removed message is still offered beside the open one', async () => {
  const engine = await anEngine()
  const append = (id: string, after?: { id: string; born: number }) =>
    engine.appendMessages({
      projectId: 'p',
      conversationId: 'c',
      mutationId: engine.mutation(),
      messages: [aMessage(id)],
      ...(after === undefined ? {} : { after, fork: true }),
    })
  const [question] = (await append('question')).written
  if (question === undefined) throw new Error('The question was not written.')
  await append('old answer')
  await append('what followed it')
  engine.clock.advance(10)
  await append('new answer', { id: question.id, born: question.born })
  await engine.removeMessage({
    conversationId: 'c',
    mutationId: engine.mutation(),
    messageId: 'old answer',
  })
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['question', 'new answer'])
  expect(messages.at(-1)?.siblings).toEqual(['what followed it', 'new answer'])
})

test('whoever follows siblings comes to every message that is shown', () => {
  const trees = fc.array(fc.record({ parent: fc.option(fc.nat(30), { nil: null }), removed: fc.boolean() }), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(trees, (steps) => {
      const nodes: TreeNode[] = []
      for (const [index, { parent, removed }] of steps.entries()) {
        const above = parent === null ? undefined : nodes[parent % Math.max(1, nodes.length)]
        nodes.push({ id: `m${index}`, parentId: above?.id ?? null, born: index, removed })
      }
      const tree = createTree(nodes)
      const reached = new Set<string>()
      const leaves = [tree.openLeaf(null)?.id]
      for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
        for (const { id } of tree.path(tree.newestBelow(leaf)?.id ?? leaf)) {
          if (reached.has(id)) continue
          reached.add(id)
          leaves.push(...tree.siblings(id).map((sibling) => sibling.id))
        }
      }
      expect([...reached].sort()).toEqual(
        nodes
          .filter(({ removed }) => !removed)
          .map(({ id }) => id)
          .sort(),
      )
    }),
  )
})
