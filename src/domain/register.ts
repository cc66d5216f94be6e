import { isId } from './ids.ts'

/** The registers of a conversation that are no message and no tag. */
export const PLAIN_REGISTERS = ['title', 'archived', 'pinned', 'leaf', 'trashed'] as const
export type PlainRegister = (typeof PLAIN_REGISTERS)[number]

export type ParsedRegister =
  | { readonly kind: 'message'; readonly messageId: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: PlainRegister }
  | { readonly kind: 'unknown' }

export const messageRegister = (messageId: string): string => `message:${messageId}`
export const tagRegister = (tag: string): string => `tag:${tag}`

/** The cell that a register names; a name of a later version is `unknown`: kept, merged and passed on, never shown. */
export function parseRegister(register: string): ParsedRegister {
  if (register.startsWith('message:')) {
    const messageId = register.slice('message:'.length)
    return isId(messageId) ? { kind: 'message', messageId } : { kind: 'unknown' }
  }
  if (register.startsWith('tag:')) {
    const tag = register.slice('tag:'.length)
    return isId(tag) ? { kind: 'tag', tag } : { kind: 'unknown' }
  }
  const plain = PLAIN_REGISTERS.find((name) => name === register)
  return { kind: plain ?? 'unknown' }
}

/** On these a second head is a conflict that a person is shown; on the quiet ones the loser is dropped from view. */
export function isSpoken(register: string): boolean {
  return register === 'title' || register.startsWith('message:')
}
