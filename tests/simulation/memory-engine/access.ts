import {
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  type OperationNode,
  ParensNode,
  ReferenceNode,
} from 'kysely'
import {
  compileList,
  compileValue,
  type Env,
  operatorOf,
  resolve,
  type Scope,
  type Source,
} from './expression.ts'
import { type Bound, type Index, type Row, rowsWith, type Value } from './table.ts'

/** How the rows of one source are found, and which of the conditions are met by all that are found. */
export type Access = {
  readonly find: (env: Env) => readonly Row[]
  readonly met: ReadonlySet<OperationNode>
}

type Test = {
  readonly node: BinaryOperationNode
  readonly column: string
  readonly operator: string
}

/** The conditions that all have to hold. */
export function conditionsOf(node: OperationNode | undefined): readonly OperationNode[] {
  if (node === undefined) return []
  if (ParensNode.is(node)) return conditionsOf(node.node)
  if (AndNode.is(node)) return [...conditionsOf(node.left), ...conditionsOf(node.right)]
  return [node]
}

/** Chooses the index of which the most columns are given by conditions, as far as those need only sources that come before. */
export function planAccess(source: Source, conditions: readonly OperationNode[], scope: Scope): Access {
  const tests = conditions.flatMap((node) => testOf(node, source, scope) ?? [])
  const before = { ...scope, sources: scope.sources.filter(({ slot }) => slot < source.slot) }
  let best: { readonly index: Index; readonly prefix: readonly Test[] } | undefined
  for (const index of source.table.indexes) {
    const prefix: Test[] = []
    for (const column of index.columns) {
      const test = tests.find(
        (each) => each.column === column && (each.operator === '=' || each.operator === 'in'),
      )
      if (test === undefined) break
      prefix.push(test)
    }
    if (best === undefined || prefix.length > best.prefix.length) best = { index, prefix }
  }
  if (best === undefined) throw new Error(`${source.table.name} has no index.`)
  const { index, prefix } = best
  const next = index.columns[prefix.length]
  const lower = tests.find(
    ({ column, operator }) => column === next && (operator === '>' || operator === '>='),
  )
  const upper = tests.find(
    ({ column, operator }) => column === next && (operator === '<' || operator === '<='),
  )
  const lists = prefix.map(({ node, operator }) => {
    if (operator === 'in') return compileList(node.rightOperand, before)
    const value = compileValue(node.rightOperand, before)
    return (env: Env) => [value(env)]
  })
  const boundOf = (test: Test | undefined): ((env: Env) => Bound | undefined) => {
    if (test === undefined) return () => undefined
    const value = compileValue(test.node.rightOperand, before)
    const isOpen = test.operator === '<' || test.operator === '>'
    return (env) => ({ value: value(env), isOpen })
  }
  const [from, to] = [boundOf(lower), boundOf(upper)]

  function find(env: Env): readonly Row[] {
    const bounds = { from: from(env), to: to(env) }
    let keys: readonly (readonly Value[])[] = [[]]
    for (const list of lists) {
      const values = [...list(env)].filter((value) => value !== null)
      keys = keys.flatMap((key) => values.map((value) => [...key, value]))
    }
    const [only] = keys
    if (keys.length === 1 && only !== undefined) return rowsWith(index, only, bounds)
    return keys.flatMap((key) => rowsWith(index, key, bounds))
  }

  return { find, met: new Set(prefix.map(({ node }) => node)) }
}

/** A comparison of a column of the source with something that is known before the source is read. */
function testOf(node: OperationNode, source: Source, scope: Scope): Test | undefined {
  if (!BinaryOperationNode.is(node)) return undefined
  const { leftOperand, rightOperand } = node
  if (!ReferenceNode.is(leftOperand) && !ColumnNode.is(leftOperand)) return undefined
  const { slot, column } = resolve(leftOperand, scope)
  if (slot !== source.slot) return undefined
  if (ReferenceNode.is(rightOperand) && resolve(rightOperand, scope).slot >= source.slot) return undefined
  return { node, column, operator: operatorOf(node) }
}
