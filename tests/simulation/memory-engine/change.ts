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
import { noParameters, type Parameters } from './parameters.ts'
import { scopeOf, toSource } from './select.ts'
import type { Row, Table, Value } from './table.ts'
import type { Tables } from './tables.ts'

/** Puts a row in another's stead, so that it can be taken back. */
export type Swap = (table: Table, before: Row | undefined, after: Row | undefined) => void

/** What is given, if anything is, stands for the values of the node: a statement that is used again has the first one's node. */
export function compileInsert(
  tables: Tables,
  node: InsertQueryNode,
  swap: Swap,
): (given: readonly unknown[]) => void {
  if (node.into === undefined || node.values === undefined || !ValuesNode.is(node.values))
    throw unknownNode('an insertion', node)
  const { table, alias } = toSource(tables, node.into, 0)
  const columns = (node.columns ?? []).map((column) => column.column.name)
  const scope: Scope = {
    ...scopeOf(tables, noParameters()),
    sources: [
      { table, alias, slot: 0 },
      { table, alias: 'excluded', slot: 1 },
    ],
  }
  const updates = compileUpdates(node.onConflict?.updates ?? [], scope)
  const { values: items } = node.values
  const { onConflict } = node
  return (given) => {
    for (const [index, item] of items.entries()) {
      const values = given.length > 0 ? given.slice(index * columns.length) : valuesOf(item, scope)
      const row: Record<string, Value> = { ...table.defaults }
      for (const [position, column] of columns.entries()) row[column] = toValue(values[position])
      const known = onConflict === undefined ? undefined : table.conflictOf(row)
      if (known === undefined) swap(table, undefined, row)
      else if (onConflict?.doNothing !== true) swap(table, known, updates([known, row]))
    }
  }
}

export function compileUpdate(
  tables: Tables,
  node: UpdateQueryNode,
  parameters: Parameters,
  swap: Swap,
): () => void {
  if (node.table === undefined) throw unknownNode('an update', node)
  const { table, findAll, scope } = compileFind(tables, node.table, node.where?.where, parameters)
  const updates = compileUpdates(node.updates ?? [], scope)
  return () => {
    for (const row of findAll()) swap(table, row, updates([row]))
  }
}

export function compileRemove(
  tables: Tables,
  node: DeleteQueryNode,
  parameters: Parameters,
  swap: Swap,
): () => void {
  const [from] = node.from.froms
  if (from === undefined) throw unknownNode('a deletion', node)
  const { table, findAll } = compileFind(tables, from, node.where?.where, parameters)
  return () => {
    for (const row of findAll()) swap(table, row, undefined)
  }
}

function compileFind(
  tables: Tables,
  from: OperationNode,
  where: OperationNode | undefined,
  parameters: Parameters,
) {
  const source = toSource(tables, from, 0)
  const scope: Scope = { ...scopeOf(tables, parameters), sources: [source] }
  const conditions = conditionsOf(where)
  const { find, met } = planAccess(source, conditions, scope)
  const tests = conditions.filter((each) => !met.has(each)).map((each) => compileCondition(each, scope))
  const findAll = () => find([]).filter((row) => tests.every((test) => test([row])))
  return { table: source.table, findAll, scope }
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
