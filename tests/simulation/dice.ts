/** Repeatable randomness: the same seed throws the same numbers. */
export type Dice = {
  /** Uniform in [0, 1). */
  number(): number
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** One of the names, each as likely as its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
}

/** Dice of their own for every name below one seed, so that taking a step away leaves the throws of the others as they were. */
export function diceOf(...seed: readonly (number | string)[]): Dice {
  return createDice(seedFrom(seed.join('/')))
}

function createDice(seed: number): Dice {
  let state = seed

  function number(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const below = (count: number) => Math.floor(number() * count)
  return {
    number,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (probability) => number() < probability,
    pick(list) {
      const index = below(list.length)
      if (index >= list.length) throw new Error('There is nothing to pick from.')
      return list[index] as (typeof list)[number]
    },
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = number() * names.reduce((sum, name) => sum + weights[name], 0)
      for (const name of names) {
        left -= weights[name]
        if (left < 0) return name
      }
      return names[names.length - 1] as (typeof names)[number]
    },
  }
}

function seedFrom(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash ^ (hash >>> 15)
}
