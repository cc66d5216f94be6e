import type { NetworkRequest } from '../../src/ports/network.ts'

/** What stands in the way to the cloud by a scenario's will; in histories nothing does. */
export type Obstacles = {
  /** Operations that something on the way refuses, whoever sends them, until the faults stop. */
  readonly refused: Set<string>
  /** How long the answer to a request is on its way, beside what it takes anyway. */
  delayOf: (request: NetworkRequest) => number
}

export const noObstacles = (): Obstacles => ({ refused: new Set(), delayOf: () => 0 })
