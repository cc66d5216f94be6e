import { createHash } from 'node:crypto'
import type { ProjectKey } from './spaces.ts'

/** Keys under which changes are told; they fit a notification whatever the names hold. */
export const spaceToKey = (space: string): string => `space:${space}`
export const projectToKey = ({ account, projectId }: ProjectKey): string =>
  `project:${hashOf(JSON.stringify([account, projectId]))}`
export const accountToKey = (account: string): string => `account:${hashOf(account)}`

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
