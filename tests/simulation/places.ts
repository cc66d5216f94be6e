import type { Place } from '../../src/domain/message.ts'
import type { Operation, SetOperation } from '../../src/domain/operation.ts'
import type { World } from './world.ts'

/** An edit and a removal copy the place of what they overwrite: the least born of it. */
export function checkPlace(
  world: World,
  { id, register, overwrites, value }: SetOperation,
  operations: ReadonlyMap<string, Operation>,
): void {
  if (!register.startsWith('message:')) return
  const places: Place[] = []
  for (const over of overwrites) {
    const known = operations.get(over)
    if (known?.kind === 'set') places.push(known.value as Place)
  }
  if (places.length === 0 || places.length < overwrites.length) return
  const least = Math.min(...places.map(({ born }) => born))
  const { born, parentId } = value as Place
  if (born !== least || !places.some((place) => place.born === least && place.parentId === parentId))
    world.fail(
      'an edit keeps the place',
      `${id} stands at ${born} below ${parentId}, what it overwrites at ${least}`,
    )
}
