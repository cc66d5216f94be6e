import { saveFile } from '../export/save-file.ts'
import { AuthError } from './auth-api.ts'

/** Everything that the cloud keeps of the account, as the cloud writes it. */
export async function downloadAccount(accountId: string): Promise<void> {
  const answer = await fetch('/api/v1/chat/account/export', {
    headers: { 'X-Chatkeep-Account': accountId },
  }).catch(() => {
    throw new AuthError('No server was reached.', true)
  })
  if (!answer.ok) throw new AuthError(answer.statusText)
  saveFile('chatkeep-account.ndjson', await answer.blob())
}
