import type { Conversation, Message } from './contender.ts'

const WORDS =
  'the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part function return const await async import export interface string index error request response database transaction'.split(
    ' ',
  )

/** Uniform numbers in [0, 1), the same ones for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A message of 350 to 650 bytes of JSON, one in twenty of 10 to 20 kB. */
export function createMessage(id: string, position: number, random: () => number): Message {
  const isLong = random() < 0.05
  const sizeBytes = isLong ? 10_000 + random() * 10_000 : 350 + random() * 300
  return {
    id,
    role: position % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text: createText(sizeBytes - 90, random) }],
  }
}

export function createText(length: number, random: () => number): string {
  const words: string[] = []
  for (let written = 0; written < length; ) {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? ''
    words.push(word)
    written += word.length + 1
  }
  // Joined, not added up: a text that an engine still holds in pieces would be put together inside what is measured.
  return words.join(' ')
}

/** Conversations with so many messages each; ids begin with the prefix. */
export function createConversations(
  prefix: string,
  count: number,
  messageCount: number,
  seed: number,
): Conversation[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}-${String(index).padStart(5, '0')}`
    return {
      id,
      messages: Array.from({ length: messageCount }, (_, position) =>
        createMessage(`${id}-m${String(position).padStart(5, '0')}`, position, random),
      ),
    }
  })
}
