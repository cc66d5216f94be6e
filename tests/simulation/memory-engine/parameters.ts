import {
  createQueryId,
  type OperationNode,
  type PrimitiveValueListNode,
  type RootOperationNode,
  SqliteQueryCompiler,
  ValueNode,
  type ValuesNode,
} from 'kysely'

/** What stands in the stead of values in a statement that is used again. */
export type Parameters = {
  /** Which of the parameters a node stands for; undefined: none, its value is part of the text. */
  positionOf(node: OperationNode): number | undefined
  /** What is given this time. */
  given: readonly unknown[]
}

export const noParameters = (): Parameters => ({ positionOf: () => undefined, given: [] })

type Positions = ReadonlyMap<OperationNode, number>

/** Worked out when a statement is met first, which is with the values that it was built with. */
const positionsByNode = new WeakMap<RootOperationNode, Positions>()

/** The parameters of a statement by the order of its text, as a database numbers them; a list is one, but for a new row. */
export function parametersOf(node: RootOperationNode, name: string, given: readonly unknown[]): Parameters {
  const positions = positionsByNode.get(node) ?? positionsOf(node, name, given)
  positionsByNode.set(node, positions)
  return { positionOf: (each) => positions.get(each), given }
}

function positionsOf(node: RootOperationNode, name: string, first: readonly unknown[]): Positions {
  const finder = new Finder()
  finder.compileQuery(node, createQueryId())
  const found = finder.found.flatMap((each): readonly Found[] =>
    finder.rows.has(each) && each.kind === 'PrimitiveValueListNode' ? each.values.map(toNode) : [each],
  )
  const isInOrder = found.every((each, index) => isValueOf(each, first[index]))
  if (found.length !== first.length || !isInOrder)
    throw new Error(`The statement "${name}" takes its parameters in another order.`)
  return new Map(found.map((each, index) => [each, index]))
}

type Found = ValueNode | PrimitiveValueListNode

const toNode = (value: unknown): ValueNode => ValueNode.create(value)

class Finder extends SqliteQueryCompiler {
  readonly found: Found[] = []
  readonly rows = new Set<OperationNode>()

  protected override visitValue(node: ValueNode): void {
    if (node.immediate !== true) this.found.push(node)
  }

  protected override visitValues(node: ValuesNode): void {
    for (const row of node.values) this.rows.add(row)
    super.visitValues(node)
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    this.found.push(node)
  }
}

function isValueOf(node: Found, value: unknown): boolean {
  if (node.kind === 'ValueNode') return node.value === value
  return Array.isArray(value) && node.values.every((each, index) => each === value[index])
}
