/** What a member costs beside its own characters, in bytes. Also bounds cycles and shared references. */
const MEMBER_BYTES = 8

/**
 * About how many bytes a value takes as a message, stopping as soon as `limitBytes` is passed; `not-plain` when it holds
 * anything but plain data. Needs no recursion, so that no nesting is too deep for it.
 */
export function argumentSize(value: unknown, limitBytes: number): number | 'not-plain' {
  const todo: unknown[] = [value]
  let bytes = 0
  while (todo.length > 0 && bytes <= limitBytes) {
    const next = todo.pop()
    bytes += MEMBER_BYTES
    if (typeof next === 'string') bytes += next.length
    else if (typeof next === 'function' || typeof next === 'symbol') return 'not-plain'
    else if (typeof next === 'object' && next !== null) {
      if (Array.isArray(next)) for (const member of next) todo.push(member)
      else if (isPlain(next)) {
        for (const [key, member] of Object.entries(next)) {
          bytes += key.length
          todo.push(member)
        }
      } else return 'not-plain'
    }
  }
  return bytes
}

/** Of any realm: `Object.prototype` of another window is as plain as ours. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}
