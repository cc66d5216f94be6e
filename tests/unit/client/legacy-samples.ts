/** Written for these tests in the shapes that LeanSpec's browsers hold. */
export const user = (id: string, text: string) => ({ parts: [{ type: 'text', text }], id, role: 'user' })

export const answer = (id: string, text: string, state = 'done') => ({
  id,
  role: 'assistant',
  parts: [{ type: 'step-start' }, { type: 'text', text, state }],
})

export const withTools = {
  id: 'OuW1lrhWOnXRRqWP',
  role: 'assistant',
  parts: [
    { type: 'step-start' },
    { type: 'text', text: 'Ich sehe nach …', state: 'done' },
    {
      type: 'tool-list_specs',
      toolCallId: 'call_1',
      state: 'output-available',
      input: { status: 'planned' },
      output: { specs: [{ specName: '094-wörld', status: 'planned' }], total: 1 },
    },
    {
      type: 'dynamic-tool',
      toolName: 'list',
      toolCallId: 'call_2',
      state: 'output-error',
      input: {},
      errorText: 'nope',
    },
    { type: 'step-start' },
    { type: 'text', text: 'You have **1** spec:\n\n- `094` 🚀', state: 'done' },
  ],
}

/** Name of the sample → messages of the first layout. */
export const HISTORIES = {
  'user messages only': [
    user('STyhze9dVY6cE15r', 'Hello, what can you do? 👋'),
    user('8q9lDuyyjp33k24p', 'list my specs'),
  ],
  'tools and several steps': [user('PeFNCDB64y9JOKzl', 'list my specs'), withTools],
  'an answer that was cut off, then more': [
    user('ATcRy9QWLnEVW4kD', 'Summarise 223'),
    answer('N7FDG3oUtLBHCDyW', 'This answer was cut o', 'streaming'),
    user('9AGcEp49qbqy4fbl', 'again please'),
    answer('2f1c9a1e-5b7e-4a0c-9b3c-0f4f7a1d2e33', 'Two specs.'),
  ],
  'an assistant message alone': [answer('Ym6a5qclfpiltgHM', 'tok0 tok1 tok2 tok3')],
  'content instead of parts': [
    { id: 'a', role: 'user', content: '你好，世界', createdAt: '2026-01-19T07:54:03.056Z' },
    {
      id: 'b',
      role: 'assistant',
      content: '<script>alert(1)</script>',
      toolInvocations: [{ toolName: 'x', state: 'result' }],
    },
  ],
} as const
