import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { DownIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { Chat } from './chat.ts'
import { MessageView } from './message-view.tsx'
import { Thinking } from './thinking.tsx'

const ESTIMATED_HEIGHT_PX = 140
const NEAR_END_PX = 80
/** So close to the beginning, older messages are read before they are asked for. */
const NEAR_START_PX = 400

/** The messages on screen and a little around them. Follows the newest one unless the reader has scrolled away. */
export function MessageList({ chat }: { readonly chat: Chat }) {
  const strings = useStrings()
  const scroller = useRef<HTMLDivElement>(null)
  const { messages, hasOlder, loadOlder, status, isRestoring } = chat
  const isWaiting = status === 'submitted'
  const virtual = useVirtualizer({
    count: messages.length + (isWaiting ? 1 : 0),
    getScrollElement: () => scroller.current,
    getItemKey: (index) => keyOf(chat, index),
    estimateSize: () => ESTIMATED_HEIGHT_PX,
    overscan: 4,
    anchorTo: 'end',
    scrollEndThreshold: NEAR_END_PX,
    paddingStart: 24,
    paddingEnd: 24,
  })

  const isShown = messages.length > 0
  const isFollowing = useRef(true)
  const lastTop = useRef(0)
  const isReadingOlder = useRef(false)
  const height = virtual.getTotalSize()

  // Who sends wants to see the answer, wherever they had scrolled to.
  useEffect(() => {
    if (isWaiting) isFollowing.current = true
  }, [isWaiting])

  // biome-ignore lint/correctness/useExhaustiveDependencies: what grows is followed.
  useLayoutEffect(() => {
    if (isShown && isFollowing.current) virtual.scrollToEnd()
  }, [isShown, isWaiting, height, virtual])

  function scrolled(): void {
    const element = scroller.current
    if (element === null) return
    const { scrollTop, scrollHeight, clientHeight } = element
    // Growing text moves the end away without a scroll; only a person moves backwards.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) isFollowing.current = true
    else if (scrollTop < lastTop.current - 2) isFollowing.current = false
    lastTop.current = scrollTop
    if (scrollTop <= NEAR_START_PX && hasOlder && !isFollowing.current) readOlder()
  }

  function readOlder(): void {
    if (isReadingOlder.current) return
    isReadingOlder.current = true
    const done = () => {
      isReadingOlder.current = false
    }
    // The button at the beginning stays, to try again.
    loadOlder().then(done, done)
  }

  return (
    <div className="messages-frame">
      <div
        className="messages"
        ref={scroller}
        onScroll={scrolled}
        role="log"
        aria-live="off"
        aria-busy={isRestoring}
        tabIndex={-1}
      >
        {isRestoring && !isShown && (
          <p className="messages-loading" role="status">
            {strings.fetchingChat}
          </p>
        )}
        {hasOlder && (
          <button type="button" className="button button-small load-older" onClick={readOlder}>
            {strings.loadOlder}
          </button>
        )}
        <div className="messages-space" style={{ height }}>
          {virtual.getVirtualItems().map((item) => {
            const message = messages[item.index]
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="message-slot"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {message === undefined ? (
                  <Thinking />
                ) : (
                  <MessageView chat={chat} message={message} isLast={item.index === messages.length - 1} />
                )}
              </div>
            )
          })}
        </div>
      </div>
      {isShown && !virtual.isAtEnd(NEAR_END_PX) && (
        <button
          type="button"
          className="round-button jump"
          onClick={() => {
            isFollowing.current = true
            virtual.scrollToEnd()
          }}
          aria-label={strings.jumpToEnd}
        >
          <DownIcon />
        </button>
      )}
    </div>
  )
}

/** The id in the tree: the message's own id repeats where an app edited a question in place. */
function keyOf({ messages, envelopesById }: Chat, index: number): string {
  const message = messages[index]
  if (message === undefined) return 'thinking'
  return envelopesById.get(message.id)?.id ?? message.id
}
