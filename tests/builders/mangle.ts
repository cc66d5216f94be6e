import type { Dice } from '../simulation/dice.ts'

type Place = { readonly parent: Record<string, unknown> | unknown[]; readonly key: string | number }

const valueAt = ({ parent, key }: Place): unknown => Reflect.get(parent, key)

/** Values of every kind that JSON has, the awkward ones of each. */
const ODDITIES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e21,
  2 ** 53,
  '',
  ' ',
  'x',
  '0',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'é'.repeat(150),
  'x'.repeat(2_001),
  [],
  {},
  [[]],
  [null],
  { id: 'x' },
  { text: 'x' },
]
const FIELDS = ['id', 'parts', 'value', 'kind', 'toString', 'constructor', 'metadata', 'x']

/** The same with one to three things in it that are not as they should be; what was given is left as it is. */
export function mangle<Value>(value: Value, dice: Dice): unknown {
  let root = { root: structuredClone(value) as unknown }
  for (let times = dice.between(1, 3); times > 0; times--) {
    const places = placesIn(root)
    const { parent, key } = dice.pick(places)
    const old = valueAt({ parent, key })
    const put = (next: unknown) => {
      Object.assign(parent, { [key]: next })
    }
    const oddity = () => structuredClone(dice.pick(ODDITIES))
    const kind = dice.weighted({ odd: 5, drop: 3, again: 2, other: 2, field: 2, grow: 1, number: 2 })
    if (kind === 'odd') put(oddity())
    else if (kind === 'drop' && Array.isArray(parent)) parent.splice(Number(key), 1)
    else if (kind === 'drop') Reflect.deleteProperty(parent, key)
    else if (kind === 'again' && Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(old))
    else if (kind === 'other') put(structuredClone(valueAt(dice.pick(places))))
    else if (kind === 'field' && isObject(old)) old[dice.pick(FIELDS)] = oddity()
    else if (kind === 'grow' && typeof old === 'string')
      put(`${old}${dice.pick(['x', '\u0000', '/', '😀', ' '])}`)
    else if (kind === 'number' && typeof old === 'number') put(old + dice.pick([1, -1, 0.5, 1e6, -1e6, 1e15]))
    if (!('root' in root)) root = { root: null }
  }
  return root.root
}

function placesIn(value: unknown, found: Place[] = []): Place[] {
  if (Array.isArray(value)) {
    value.forEach((each, key) => {
      found.push({ parent: value, key })
      placesIn(each, found)
    })
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      found.push({ parent: value, key })
      placesIn(value[key], found)
    }
  }
  return found
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
