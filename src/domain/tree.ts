import { comparePlaces } from './message.ts'

/** A message as the tree sees it: its place and whether it is shown. */
export type TreeNode = {
  readonly id: string
  readonly parentId: string | null
  readonly born: number
  readonly removed: boolean
}

/**
 * The messages of one conversation as a tree, in order of (born, id). A parent stands before its children; a message whose
 * parent is missing (or claims to be younger) hangs below the message before it, so that it is shown where it was born.
 */
export type MessageTree = {
  readonly size: number
  /** Messages that are shown on some branch. */
  readonly shownCount: number
  /** True while every message is the child of the one before it. */
  readonly linear: boolean
  readonly nodes: readonly TreeNode[]
  get(id: string): TreeNode | undefined
  /** Inserts or replaces by id. */
  put(node: TreeNode): void
  remove(id: string): void
  /** The greatest (born, id), removed ones included. */
  newest(): TreeNode | undefined
  /** Shown messages from the root to `leafId`, oldest first. */
  path(leafId: string): readonly TreeNode[]
  /** The newest shown descendant of a message, or the message itself. */
  newestBelow(id: string): TreeNode | undefined
  /** Where a page starts: the newest descendant of the last explicit choice or of what stood above it, else the newest shown message. */
  openLeaf(choice: string | null): TreeNode | undefined
  /**
   * The messages that can be shown in the place of this one, in order, itself included: what stands below the same shown
   * message, with nothing but removed ones between. Whoever follows siblings comes to every branch.
   */
  siblings(id: string): readonly TreeNode[]
  /** Whether the message has a shown child. */
  hasChildren(id: string): boolean
}

export function createTree(initial: readonly TreeNode[] = []): MessageTree {
  const nodes: TreeNode[] = [...initial].sort(comparePlaces)
  const nodesById = new Map(nodes.map((node) => [node.id, node]))
  let shownCount = nodes.reduce((count, node) => count + (node.removed ? 0 : 1), 0)
  /** Messages that are not the child of the one before them; none: the list is the tree. */
  let strayCount = nodes.reduce((count, _node, index) => count + strayAt(index), 0)

  function strayAt(index: number): number {
    const node = nodes[index]
    return node === undefined || node.parentId === (nodes[index - 1]?.id ?? null) ? 0 : 1
  }

  function position(place: { readonly born: number; readonly id: string }): number {
    const last = nodes.at(-1)
    if (last === undefined || comparePlaces(last, place) < 0) return nodes.length
    let low = 0
    let high = nodes.length
    while (low < high) {
      const middle = (low + high) >> 1
      const node = nodes[middle]
      if (node !== undefined && comparePlaces(node, place) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  function parentOf(node: TreeNode): TreeNode | undefined {
    if (node.parentId === null) return undefined
    const named = nodesById.get(node.parentId)
    if (named !== undefined && comparePlaces(named, node) < 0) return named
    return nodes[position(node) - 1]
  }

  function shownParentOf(node: TreeNode): TreeNode | undefined {
    let parent = parentOf(node)
    while (parent?.removed === true) parent = parentOf(parent)
    return parent
  }

  function newestOf(from: number, belongs: (node: TreeNode) => boolean): TreeNode | undefined {
    for (let index = nodes.length - 1; index >= from; index--) {
      const node = nodes[index]
      if (node !== undefined && !node.removed && belongs(node)) return node
    }
    return undefined
  }

  function newestBelow(id: string): TreeNode | undefined {
    const root = nodesById.get(id)
    if (root === undefined) return undefined
    const start = position(root)
    if (strayCount === 0) return newestOf(start, () => true) ?? root
    const below = new Set([id])
    for (let index = start + 1; index < nodes.length; index++) {
      const node = nodes[index]
      if (node === undefined) continue
      const parent = parentOf(node)
      if (parent !== undefined && below.has(parent.id)) below.add(node.id)
    }
    return newestOf(start, (node) => below.has(node.id)) ?? root
  }

  function remove(id: string): void {
    const node = nodesById.get(id)
    if (node === undefined) return
    const at = position(node)
    strayCount -= strayAt(at) + strayAt(at + 1)
    nodesById.delete(id)
    nodes.splice(at, 1)
    strayCount += strayAt(at)
    if (!node.removed) shownCount--
  }

  function put(node: TreeNode): void {
    const known = nodesById.get(node.id)
    if (known !== undefined && comparePlaces(known, node) === 0) {
      const at = position(node)
      strayCount -= strayAt(at)
      nodes[at] = node
      strayCount += strayAt(at)
      shownCount += Number(known.removed) - Number(node.removed)
    } else {
      if (known !== undefined) remove(node.id)
      const at = position(node)
      strayCount -= strayAt(at)
      nodes.splice(at, 0, node)
      strayCount += strayAt(at) + strayAt(at + 1)
      if (!node.removed) shownCount++
    }
    nodesById.set(node.id, node)
  }

  return {
    get size() {
      return nodes.length
    },
    get shownCount() {
      return shownCount
    },
    get linear() {
      return strayCount === 0
    },
    nodes,
    get: (id) => nodesById.get(id),
    put,
    remove,
    newest: () => nodes.at(-1),
    path(leafId) {
      const path: TreeNode[] = []
      for (let node = nodesById.get(leafId); node !== undefined; node = parentOf(node)) {
        if (!node.removed) path.push(node)
      }
      return path.reverse()
    },
    newestBelow,
    openLeaf(choice) {
      // Of a choice that was removed the branch stays open, from the next message above it.
      for (
        let on = choice === null ? undefined : nodesById.get(choice);
        on !== undefined;
        on = parentOf(on)
      ) {
        const chosen = newestBelow(on.id)
        if (chosen !== undefined && !chosen.removed) return chosen
      }
      return newestOf(0, () => true)
    },
    siblings(id) {
      const node = nodesById.get(id)
      if (node === undefined) return []
      if (strayCount === 0) return node.removed ? [] : [node]
      const parent = shownParentOf(node)
      const from = parent === undefined ? 0 : position(parent)
      return nodes.slice(from).filter((other) => !other.removed && shownParentOf(other) === parent)
    },
    hasChildren(id) {
      const node = nodesById.get(id)
      if (node === undefined) return false
      return nodes.slice(position(node) + 1).some((other) => !other.removed && parentOf(other)?.id === id)
    },
  }
}
