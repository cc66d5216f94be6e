/** `chatkeep/server`: the cloud API, to be mounted in one's own Hono or Node app. */
export { type Auth, type AuthOptions, createAuth } from './auth/create-auth.ts'
export { type ChatkeepServer, type ChatkeepServerOptions, createChatkeepServer } from './create-server.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type { RequestLog } from './observe-requests.ts'
export type { Authenticate, Session } from './session.ts'
export { type RunningServer, type StartOptions, startServer } from './start-server.ts'
export type { ChatStorage } from './storage/chat-storage.ts'
export { openStorage } from './storage/open-storage.ts'
