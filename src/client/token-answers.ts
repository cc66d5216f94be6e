import { TOKEN_CHANNEL, type TokenAnswer, type TokenQuestion } from '../rpc/token-messages.ts'

/** Answers the worker's questions for a bearer token of this cloud, for as long as the page lives. */
export function answerTokenQuestions(
  container: ServiceWorkerContainer,
  cloudUrl: string,
  getToken: () => Promise<string | null>,
): () => void {
  const answer = async (event: MessageEvent<Partial<TokenQuestion> | null>) => {
    const { channel, id, cloudUrl: asked } = event.data ?? {}
    if (channel !== TOKEN_CHANNEL || typeof id !== 'string' || asked !== cloudUrl) return
    const worker = event.source as ServiceWorker | null
    worker?.postMessage({ channel, id, token: await getToken() } satisfies TokenAnswer)
  }
  container.addEventListener('message', answer)
  return () => container.removeEventListener('message', answer)
}
