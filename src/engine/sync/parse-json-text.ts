/** `__proto__` as a key, plain or escaped: readers that copy by assignment would obey it. */
const MAY_HOLD_PROTO = /__proto__|\\u00/

/** JSON text as a value; undefined when it is none. Own `__proto__` keys, which our writers refuse to send, are dropped. */
export function parseJsonText(text: string): unknown {
  try {
    if (!MAY_HOLD_PROTO.test(text)) return JSON.parse(text)
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
  } catch {
    // Not JSON: undefined fails every schema, and the caller reports a bad answer.
    return undefined
  }
}
