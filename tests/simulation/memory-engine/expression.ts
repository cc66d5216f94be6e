import {
  AndNode,
  BinaryOperationNode,
  CaseNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrNode,
  ParensNode,
  PrimitiveValueListNode,
  ReferenceNode,
  SelectQueryNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import type { Parameters } from './parameters.ts'
import { compareValues, type Row, type Table, type Value } from './table.ts'

/** The rows that an expression is about, by the slot of their source; null: the row that a left join did not find. */
export type Env = (Row | null)[]
export type Source = { readonly alias: string; readonly table: Table; readonly slot: number }

/** What names mean. */
export type Scope = {
  /** The innermost ones last. */
  readonly sources: readonly Source[]
  /** The first value of a query inside another one. */
  readonly subquery: (node: SelectQueryNode, scope: Scope) => (env: Env) => Value
  readonly parameters: Parameters
}

/** A node of the query builder that nobody needed so far. */
export function unknownNode(what: string, node: OperationNode): Error {
  return new Error(`The engine in memory does not know ${node.kind} as ${what}.`)
}

export function compileValue(node: OperationNode, scope: Scope): (env: Env) => Value {
  if (ReferenceNode.is(node) || ColumnNode.is(node)) {
    const { slot, column } = resolve(node, scope)
    return (env) => env[slot]?.[column] ?? null
  }
  if (ValueNode.is(node)) {
    const { parameters } = scope
    const position = parameters.positionOf(node)
    if (position !== undefined) return () => toValue(parameters.given[position])
    const value = toValue(node.value)
    return () => value
  }
  if (ParensNode.is(node)) return compileValue(node.node, scope)
  if (SelectQueryNode.is(node)) return scope.subquery(node, scope)
  if (BinaryOperationNode.is(node) && operatorOf(node) === '-') {
    const [left, right] = [compileValue(node.leftOperand, scope), compileValue(node.rightOperand, scope)]
    return (env) => Number(left(env)) - Number(right(env))
  }
  if (FunctionNode.is(node) && node.func === 'length') {
    const [of] = node.arguments.map((each) => compileValue(each, scope))
    return (env) => Array.from(String(of?.(env))).length
  }
  if (CaseNode.is(node)) {
    const branches = (node.when ?? []).map(({ condition, result }) => ({
      isMet: compileCondition(condition, scope),
      result: compileOptional(result, scope),
    }))
    const otherwise = compileOptional(node.else, scope)
    return (env) => (branches.find(({ isMet }) => isMet(env))?.result ?? otherwise)(env)
  }
  throw unknownNode('a value', node)
}

const compileOptional = (node: OperationNode | undefined, scope: Scope) =>
  node === undefined ? () => null : compileValue(node, scope)

/** A comparison with nothing is never true, but for `is` and `is not`. */
export function compileCondition(node: OperationNode, scope: Scope): (env: Env) => boolean {
  if (ParensNode.is(node)) return compileCondition(node.node, scope)
  if (AndNode.is(node)) {
    const [left, right] = [compileCondition(node.left, scope), compileCondition(node.right, scope)]
    return (env) => left(env) && right(env)
  }
  if (OrNode.is(node)) {
    const [left, right] = [compileCondition(node.left, scope), compileCondition(node.right, scope)]
    return (env) => left(env) || right(env)
  }
  if (UnaryOperationNode.is(node)) return compileUnary(node, scope)
  if (!BinaryOperationNode.is(node)) throw unknownNode('a condition', node)
  const left = compileValue(node.leftOperand, scope)
  const operator = operatorOf(node)
  if (operator === 'in') {
    const list = compileList(node.rightOperand, scope)
    return (env) => list(env).has(left(env))
  }
  const right = compileValue(node.rightOperand, scope)
  if (operator === 'is') return (env) => left(env) === right(env)
  if (operator === 'is not') return (env) => left(env) !== right(env)
  const test = COMPARISONS[operator]
  if (test === undefined) throw new Error(`The engine in memory does not know the operator ${operator}.`)
  return (env) => {
    const [ours, theirs] = [left(env), right(env)]
    return ours !== null && theirs !== null && test(compareValues(ours, theirs))
  }
}

function compileUnary({ operator, operand }: UnaryOperationNode, scope: Scope): (env: Env) => boolean {
  if (!OperatorNode.is(operator)) throw unknownNode('an operator', operator)
  if (operator.operator === 'not') {
    const isMet = compileCondition(operand, scope)
    return (env) => !isMet(env)
  }
  if (operator.operator !== 'exists') throw unknownNode('an operator', operator)
  const found = compileValue(operand, scope)
  return (env) => found(env) !== null
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** The values on the right of `in`. */
export function compileList(node: OperationNode, scope: Scope): (env: Env) => ReadonlySet<Value> {
  if (PrimitiveValueListNode.is(node)) return compilePrimitives(node, scope)
  if (!ValueListNode.is(node)) throw unknownNode('a list', node)
  const values = node.values.map((each) => compileValue(each, scope))
  return (env) => new Set(values.map((value) => value(env)))
}

function compilePrimitives(
  node: PrimitiveValueListNode,
  { parameters }: Scope,
): (env: Env) => ReadonlySet<Value> {
  const position = parameters.positionOf(node)
  let list: unknown = node.values
  let values = new Set(node.values.map(toValue))
  return () => {
    const given = position === undefined ? list : parameters.given[position]
    if (given !== list && Array.isArray(given)) {
      list = given
      values = new Set(given.map(toValue))
    }
    return values
  }
}

export function operatorOf({ operator }: BinaryOperationNode): string {
  if (!OperatorNode.is(operator)) throw unknownNode('an operator', operator)
  return operator.operator
}

/** The column that a reference means, and the slot of its source. */
export function resolve(
  node: ReferenceNode | ColumnNode,
  { sources }: Scope,
): { readonly slot: number; readonly column: string } {
  const named = ColumnNode.is(node) ? node : node.column
  if (!ColumnNode.is(named)) throw unknownNode('a column', named)
  const column = named.column.name
  const alias = ReferenceNode.is(node) ? node.table?.table.identifier.name : undefined
  const source = sources.findLast((each) =>
    alias === undefined ? each.table.columns.includes(column) : each.alias === alias,
  )
  if (source?.table.columns.includes(column) !== true)
    throw new Error(`There is no column ${alias === undefined ? '' : `${alias}.`}${column}.`)
  return { slot: source.slot, column }
}

/** What a database takes as a parameter. */
export function toValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  throw new Error(`A database takes no ${typeof value} as a value.`)
}
