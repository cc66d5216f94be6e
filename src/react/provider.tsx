import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import type { ChatkeepClient } from '../client/api.ts'
import { type ChatSessions, createChatSessions } from './chat/sessions.ts'
import { type ClientInput, type ClientSource, type ClientState, createClientSource } from './client-source.ts'
import { type ChatkeepStrings, english } from './strings.ts'

/** What the provider hands down; one per provider and client. */
export type ChatkeepContextValue = {
  readonly source: ClientSource
  /** Chats that are open or still answering. They outlive the components that show them. */
  readonly sessions: ChatSessions
  readonly strings: ChatkeepStrings
}

const ChatkeepContext = createContext<ChatkeepContextValue | null>(null)

export type ChatkeepProviderProps = {
  readonly children?: ReactNode
  /**
   * A client, the promise that `register()` returned, or a function that registers: `() => register({ … })`. The function
   * is called once, when the page is mounted, never on a server. Keep the value outside the component: another client or
   * promise is another set of chats.
   */
  readonly client: ClientInput
  /** Texts of chatkeep's own components; what is missing stays English. */
  readonly strings?: Partial<ChatkeepStrings>
}

/**
 * Gives the hooks below it their client. It never suspends and never throws: while the client is on its way the hooks
 * answer their loading state, which is also what a server renders.
 */
export function ChatkeepProvider({ children, strings, client }: ChatkeepProviderProps) {
  const [registering] = useState(() => client)
  // A new arrow function at each render is the same wish.
  const input = typeof client === 'function' ? registering : client
  const base = useMemo(() => ({ source: createClientSource(input), sessions: createChatSessions() }), [input])
  const value = useMemo(() => ({ ...base, strings: { ...english, ...strings } }), [base, strings])
  useEffect(() => base.source.start(), [base])
  return <ChatkeepContext value={value}>{children}</ChatkeepContext>
}

/** The provider's value; throws a sentence with the remedy when there is none. */
export function useChatkeepContext(): ChatkeepContextValue {
  const value = useContext(ChatkeepContext)
  if (value === null) {
    throw new Error(
      'No ChatkeepProvider above this component. Wrap the app: <ChatkeepProvider client={() => register()}>.',
    )
  }
  return value
}

/** The client and whether it is there yet: `loading` (also on a server), `ready`, or `failed` with the reason. */
export function useChatkeep(): ClientState & { readonly ready: Promise<ChatkeepClient> } {
  const { source } = useChatkeepContext()
  const state = useSyncExternalStore(source.subscribe, source.getState, source.getState)
  return useMemo(() => ({ ...state, ready: source.ready }), [state, source])
}
