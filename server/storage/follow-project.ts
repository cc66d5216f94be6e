import type { Engine } from './engine.ts'
import { projectToKey, spaceToKey } from './notification-keys.ts'
import { findSpace, type ProjectKey } from './spaces.ts'

/** Calls back after each change of a project, also of one that nobody has written to yet. Answers how to stop. */
export async function followProject(
  engine: Engine,
  project: ProjectKey,
  changed: () => void,
): Promise<() => void> {
  const unsubscribes: (() => void)[] = []
  let isOver = false
  let isFollowing = false
  async function followSpace() {
    const found = await engine.read((queries) => findSpace(queries, project))
    if (found === undefined || isOver || isFollowing) return
    isFollowing = true
    unsubscribes.push(engine.subscribe(spaceToKey(found.space), changed))
  }
  // A project's first write announces the project itself, since its space has no followers yet.
  const onCreated = () => {
    followSpace().then(changed, () => {
      // The database failed: the next poll of the client finds what this poke would have told.
    })
  }
  unsubscribes.push(engine.subscribe(projectToKey(project), onCreated))
  await followSpace()
  return () => {
    isOver = true
    for (const unsubscribe of unsubscribes.splice(0)) unsubscribe()
  }
}
