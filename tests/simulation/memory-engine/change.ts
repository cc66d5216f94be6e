import {
  ColumnNode,
  type ColumnUpdateNode,
  type DeleteQueryNode,
  type InsertQueryNode,
  type OperationNode,
  PrimitiveValueListNode,
  type UpdateQueryNode,
  ValuesNode,
} from 'kysely'
import { conditionsOf, planAccess } from './access.ts'
import { compileCondition, compileValue, type Env, type Scope, toValue, unknownNode } from './expression.ts'
import { scopeOf, toSource } from './select.ts'
import type { Row, Table, Value } from './table.ts'
import type { Tables } from './tables.ts'

/** Puts a row in another's stead, so that it can be taken back. */
export type Swap = (table: Table, before: Row | undefined, after: Row | undefined) => void

/** `parameters`, where there are any, stand for the values of the node: a statement that is used again has the first one's node. */
export function insert(
  tables: Tables,
  node: InsertQueryNode,
  parameters: readonly unknown[],
  swap: Swap,
): void {
  if (node.into === undefined || node.values === undefined || !ValuesNode.is(node.values))
    throw unknownNode('an insertion', node)
  const { table, alias } = toSource(tables, node.into, 0)
  const columns = (node.columns ?? []).map((column) => column.column.name)
  const scope: Scope = {
    ...scopeOf(tables),
    sources: [
      { table, alias, slot: 0 },
      { table, alias: 'excluded', slot: 1 },
    ],
  }
  const updates = compileUpdates(node.onConflict?.updates ?? [], scope)
  for (const [index, item] of node.values.values.entries()) {
    const values = parameters.length > 0 ? parameters.slice(index * columns.length) : valuesOf(item, scope)
    const given = columns.map((column, position) => [column, toValue(values[position])] as const)
    const row: Row = { ...table.defaults, ...Object.fromEntries(given) }
    const known = node.onConflict === undefined ? undefined : table.conflictOf(row)
    if (known === undefined) swap(table, undefined, row)
    else if (node.onConflict?.doNothing !== true) swap(table, known, updates([known, row]))
  }
}

export function update(tables: Tables, node: UpdateQueryNode, swap: Swap): void {
  if (node.table === undefined) throw unknownNode('an update', node)
  const { table, found, scope } = findAll(tables, node.table, node.where?.where)
  const updates = compileUpdates(node.updates ?? [], scope)
  for (const row of found) swap(table, row, updates([row]))
}

export function remove(tables: Tables, node: DeleteQueryNode, swap: Swap): void {
  const [from] = node.from.froms
  if (from === undefined) throw unknownNode('a deletion', node)
  const { table, found } = findAll(tables, from, node.where?.where)
  for (const row of found) swap(table, row, undefined)
}

function findAll(tables: Tables, from: OperationNode, where: OperationNode | undefined) {
  const source = toSource(tables, from, 0)
  const scope: Scope = { ...scopeOf(tables), sources: [source] }
  const conditions = conditionsOf(where)
  const { find, met } = planAccess(source, conditions, scope)
  const tests = conditions.filter((each) => !met.has(each)).map((each) => compileCondition(each, scope))
  const found = find([]).filter((row) => tests.every((test) => test([row])))
  return { table: source.table, found, scope }
}

function compileUpdates(updates: readonly ColumnUpdateNode[], scope: Scope): (env: Env) => Row {
  const setters = updates.map(({ column, value }) => {
    if (!ColumnNode.is(column)) throw unknownNode('a column', column)
    return { name: column.column.name, get: compileValue(value, scope) }
  })
  return (env) => {
    const row: Record<string, Value> = { ...env[0] }
    for (const { name, get } of setters) row[name] = get(env)
    return row
  }
}

function valuesOf(item: ValuesNode['values'][number], scope: Scope): readonly unknown[] {
  if (PrimitiveValueListNode.is(item)) return item.values
  return item.values.map((value) => compileValue(value, scope)([]))
}
