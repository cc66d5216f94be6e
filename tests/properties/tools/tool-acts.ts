import { type Dice, diceOf } from '../../simulation/dice.ts'

/** What may happen next, and how often of a hundred or so. */
const WEIGHTS = {
  send: 5,
  say: 8,
  callTool: 5,
  askApproval: 3,
  finish: 5,
  cut: 1,
  breakOff: 1,
  stop: 2,
  resume: 2,
  regenerate: 1,
  answerTool: 6,
  approve: 4,
  goOn: 2,
  reload: 1,
  passTime: 3,
  deliver: 12,
  settle: 6,
}
export type ToolActKind = keyof typeof WEIGHTS
/** Something happens in one of two tabs; the dice choose what there is to choose. */
export type ToolAct = {
  readonly kind: ToolActKind
  readonly tab: number
  readonly name: string
  readonly dice: Dice
}

/** The acts of one history. Each has dice of its own, so that leaving one out leaves the others as they were. */
export function toolActs(seed: string): readonly ToolAct[] {
  const dice = diceOf(seed, 'acts')
  const tabs = dice.chance(0.4) ? 2 : 1
  // Of a person who reloads and comes back all the time.
  const weights = dice.chance(0.3) ? { ...WEIGHTS, resume: 8, reload: 3 } : WEIGHTS
  return Array.from({ length: dice.between(4, 50) }, (_, index) => {
    const kind = dice.weighted(weights)
    return { kind, tab: dice.below(tabs), name: `${index + 1}`, dice: diceOf(seed, index) }
  })
}
