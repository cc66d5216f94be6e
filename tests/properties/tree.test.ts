import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePlaces } from '../../src/domain/message.ts'
import { createTree, type TreeNode } from '../../src/domain/tree.ts'

const nodes = fc
  .array(
    fc.record({
      parent: fc.option(fc.nat(40), { nil: null }),
      gap: fc.nat(3),
      missing: fc.nat(12),
      removed: fc.nat(6),
    }),
    {
      maxLength: 25,
    },
  )
  .map((steps) => {
    const made: TreeNode[] = []
    for (const [index, step] of steps.entries()) {
      const parent = step.parent === null ? undefined : made[step.parent % Math.max(1, made.length)]
      const parentId = step.missing === 0 ? 'nowhere' : (parent?.id ?? null)
      made.push({
        id: `m${index}`,
        parentId,
        born: (parent?.born ?? 0) + 1 + step.gap,
        removed: step.removed === 0,
      })
    }
    return made
  })

const orders = nodes.chain((made) =>
  fc.tuple(fc.constant(made), fc.shuffledSubarray(made, { minLength: made.length })),
)

test('the tree does not depend on the order in which messages arrive', () => {
  fc.assert(
    fc.property(orders, ([made, order]) => {
      const whole = createTree(made)
      const grown = createTree()
      for (const node of order) grown.put(node)
      expect(grown.nodes).toEqual(whole.nodes)
      expect(grown.shownCount).toBe(whole.shownCount)
      expect(grown.linear).toBe(whole.linear)
      expect(grown.openLeaf(null)).toEqual(whole.openLeaf(null))
      for (const { id } of made) {
        expect(grown.path(id)).toEqual(whole.path(id))
        expect(grown.siblings(id)).toEqual(whole.siblings(id))
        expect(grown.newestBelow(id)).toEqual(whole.newestBelow(id))
      }
    }),
    { numRuns: 500 },
  )
})

test('order never puts a child before its parent', () => {
  fc.assert(
    fc.property(nodes, (made) => {
      const tree = createTree(made)
      const positions = new Map(tree.nodes.map(({ id }, index) => [id, index]))
      for (const { id, parentId } of made) {
        const parentAt = parentId === null ? undefined : positions.get(parentId)
        if (parentAt !== undefined) expect(parentAt).toBeLessThan(positions.get(id) ?? -1)
      }
    }),
  )
})

test('every shown message is on some branch, and a path is in order', () => {
  fc.assert(
    fc.property(nodes, (made) => {
      const tree = createTree(made)
      for (const node of made.filter(({ removed }) => !removed)) {
        const path = tree.path(node.id)
        expect(path.at(-1)?.id).toBe(node.id)
        expect([...path].sort(comparePlaces)).toEqual(path)
      }
    }),
  )
})

test('linear means that the list is the tree', () => {
  fc.assert(
    fc.property(nodes, (made) => {
      const tree = createTree(made)
      if (!tree.linear) return
      const last = tree.nodes.at(-1)
      const shown = tree.nodes.filter(({ removed }) => !removed)
      expect(last === undefined ? [] : tree.path(last.id)).toEqual(shown)
    }),
  )
})
