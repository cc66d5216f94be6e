import { ChatkeepError } from '../../domain/errors.ts'

/** What can be done about a full disk. */
export type Relief = {
  relieve(isNeeded: ReadonlySet<string>): Promise<boolean>
  noteFruitless(): void
}

/**
 * Tries a write that found the disk full once more, if values could be freed in between. `isNeeded` collects the conversations that the
 * write is about: those stay.
 */
export async function withRoom(
  relief: Relief | undefined,
  write: (isNeeded: Set<string>) => Promise<void>,
): Promise<void> {
  const isNeeded = new Set<string>()
  try {
    await write(isNeeded)
  } catch (error) {
    if (relief === undefined || !isQuota(error) || !(await relief.relieve(isNeeded))) throw error
    try {
      await write(isNeeded)
    } catch (again) {
      if (isQuota(again)) relief.noteFruitless()
      throw again
    }
  }
}

export const isQuota = (error: unknown): boolean =>
  error instanceof ChatkeepError && error.code === 'storage/quota'
