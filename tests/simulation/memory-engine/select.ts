import {
  AggregateFunctionNode,
  AliasNode,
  IdentifierNode,
  type JoinNode,
  type OperationNode,
  type OrderByItemNode,
  RawNode,
  ReferenceNode,
  SelectAllNode,
  type SelectQueryNode,
  TableNode,
} from 'kysely'
import { conditionsOf, planAccess } from './access.ts'
import {
  compileCondition,
  compileValue,
  type Env,
  type Scope,
  type Source,
  unknownNode,
} from './expression.ts'
import type { Parameters } from './parameters.ts'
import { compareValues, type Row, type Value } from './table.ts'
import type { Tables } from './tables.ts'

/** One row of the answer out of the rows that were found together. */
type Selection = { readonly name: string; readonly get: (env: Env) => Value }

/** The scope of a query on its own. */
export function scopeOf(tables: Tables, parameters: Parameters): Scope {
  const scope: Scope = {
    sources: [],
    parameters,
    subquery(node, outer) {
      const run = compileSelect(tables, node, outer)
      return (env) => Object.values(run(env)[0] ?? {})[0] ?? null
    },
  }
  return scope
}

/** A select as a function of the rows of the queries around it. */
export function compileSelect(
  tables: Tables,
  node: SelectQueryNode,
  outer: Scope,
): (env: Env) => readonly Row[] {
  const [from, ...others] = node.from?.froms ?? []
  if (from === undefined || others.length > 0) throw unknownNode('one source', node)
  const joins = node.joins ?? []
  const sources: Source[] = []
  for (const each of [from, ...joins.map(({ table }) => table)])
    sources.push(toSource(tables, each, outer.sources.length + sources.length))
  const scope: Scope = { ...outer, sources: [...outer.sources, ...sources] }
  const findAll = compileSources(sources, joins, node.where?.where, scope)
  const selections = (node.selections ?? []).map(({ selection }) => selection)
  const order = (node.orderBy?.items ?? []).map((item) => compileOrder(item, scope))
  const { limit } = node.limit ?? {}
  const most = limit === undefined ? undefined : compileValue(limit, scope)
  const isDistinct = node.frontModifiers?.some(({ modifier }) => modifier === 'Distinct') === true
  const aggregates = selections.map((each) => compileAggregate(each, scope))
  const isAggregate = aggregates.some((each) => each !== undefined)
  const columns = isAggregate ? [] : selections.flatMap((each) => compileSelection(each, sources, scope))

  return (env) => {
    const found = findAll(env)
    if (isAggregate) return [Object.fromEntries(aggregates.flatMap((each) => (each ? [each(found)] : [])))]
    if (order.length > 0) found.sort((a, b) => compareBy(order, a, b))
    const atMost = most === undefined ? Number.POSITIVE_INFINITY : Number(most(env))
    const rows: Row[] = []
    const met = new Set<string>()
    for (const each of found) {
      if (rows.length >= atMost) break
      const row: Record<string, Value> = {}
      for (const { name, get } of columns) row[name] = get(each)
      if (isDistinct) {
        const key = JSON.stringify(row)
        if (met.has(key)) continue
        met.add(key)
      }
      rows.push(row)
    }
    return rows
  }
}

export function toSource(tables: Tables, node: OperationNode, slot: number): Source {
  const named = AliasNode.is(node) ? node.node : node
  if (!TableNode.is(named)) throw unknownNode('a source', named)
  const { name } = named.table.identifier
  const table = tables[name as keyof Tables]
  if (table === undefined) throw new Error(`There is no table ${name}.`)
  return { table, slot, alias: AliasNode.is(node) ? aliasOf(node) : name }
}

function aliasOf({ alias }: AliasNode): string {
  if (!IdentifierNode.is(alias)) throw unknownNode('an alias', alias)
  return alias.name
}

/** All rows of the sources that belong together and meet the condition. */
function compileSources(
  sources: readonly Source[],
  joins: readonly JoinNode[],
  where: OperationNode | undefined,
  scope: Scope,
): (env: Env) => Env[] {
  const conditions = conditionsOf(where)
  const met = new Set<OperationNode>()
  const steps = sources.map((source, index) => {
    const join = joins[index - 1]
    const isOptional = join?.joinType === 'LeftJoin'
    const on = conditionsOf(join?.on?.on)
    const access = planAccess(source, isOptional ? on : [...on, ...conditions], scope)
    if (!isOptional) for (const each of access.met) met.add(each)
    const tests = on.filter((each) => !access.met.has(each)).map((each) => compileCondition(each, scope))
    return { ...source, isOptional, find: access.find, tests }
  })
  const tests = conditions.filter((each) => !met.has(each)).map((each) => compileCondition(each, scope))

  return (env) => {
    let found: Env[] = [env]
    for (const { slot, find, tests: onTests, isOptional } of steps) {
      const wider: Env[] = []
      for (const each of found) {
        const before = wider.length
        for (const row of find(each)) {
          const next = each.slice(0, slot)
          next.push(row)
          if (onTests.every((test) => test(next))) wider.push(next)
        }
        if (isOptional && wider.length === before) wider.push([...each.slice(0, slot), null])
      }
      found = wider
    }
    return tests.length === 0 ? found : found.filter((each) => tests.every((test) => test(each)))
  }
}

function compileSelection(
  node: OperationNode,
  sources: readonly Source[],
  scope: Scope,
): readonly Selection[] {
  const all = SelectAllNode.is(node) || (ReferenceNode.is(node) && SelectAllNode.is(node.column))
  if (all) {
    const alias = ReferenceNode.is(node) ? node.table?.table.identifier.name : undefined
    return sources
      .filter((source) => alias === undefined || source.alias === alias)
      .flatMap(({ table, slot }) =>
        table.columns.map((name) => ({ name, get: (env: Env) => env[slot]?.[name] ?? null })),
      )
  }
  if (AliasNode.is(node)) return [{ name: aliasOf(node), get: compileValue(node.node, scope) }]
  if (ReferenceNode.is(node) && !SelectAllNode.is(node.column))
    return [{ name: node.column.column.name, get: compileValue(node, scope) }]
  throw unknownNode('a selection', node)
}

function compileAggregate(
  node: OperationNode,
  scope: Scope,
): ((found: readonly Env[]) => readonly [string, Value]) | undefined {
  if (!AliasNode.is(node) || !AggregateFunctionNode.is(node.node)) return undefined
  const name = aliasOf(node)
  const { func, aggregated } = node.node
  if (func === 'count') return (found) => [name, found.length]
  const [of] = aggregated
  if (func !== 'min' || of === undefined) throw new Error(`The engine in memory does not know ${func}.`)
  const get = compileValue(of, scope)
  return (found) => {
    let least: Value = null
    for (const env of found) {
      const value = get(env)
      if (value !== null && (least === null || compareValues(value, least) < 0)) least = value
    }
    return [name, least]
  }
}

type Order = { readonly get: (env: Env) => Value; readonly sign: number }

function compileOrder({ orderBy, direction }: OrderByItemNode, scope: Scope): Order {
  const isBackward = direction !== undefined && RawNode.is(direction) && direction.sqlFragments[0] === 'desc'
  return { get: compileValue(orderBy, scope), sign: isBackward ? -1 : 1 }
}

function compareBy(order: readonly Order[], a: Env, b: Env): number {
  for (const { get, sign } of order) {
    const found = compareValues(get(a), get(b))
    if (found !== 0) return found * sign
  }
  return 0
}
