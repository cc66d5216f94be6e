/** A letter that the accounts want sent. */
export type AccountMail = {
  readonly to: string
  readonly kind: 'reset-password' | 'verify-email'
  /** Where the person clicks. Whoever has it can act as the person: never log it where others read. */
  readonly url: string
}

/** Sends a letter; a rejection is the caller's 500. */
export type SendMail = (mail: AccountMail) => Promise<void>

/** For development: the link on the console, without the address. */
export const logMail: SendMail = async ({ kind, url }) => {
  console.log(`No mail is configured. The link of ${kind}: ${url}`)
}

const LIMIT_MS = 10_000

/** Hands letters to another service as `POST {to, kind, url}`. */
export function postMailTo(address: string): SendMail {
  return async (mail) => {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(mail),
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    if (!answer.ok) throw new Error(`The mail service answered ${answer.status}.`)
  }
}

/** better-auth's settings for letters; without a way to send them it refuses to reset passwords. */
export function mailSettings(sendMail: SendMail | undefined) {
  if (sendMail === undefined) return { password: {}, verification: {} }
  type Letter = { readonly user: { readonly email: string }; readonly url: string; readonly token: string }
  return {
    password: {
      // The web app's own page asks for the new password.
      sendResetPassword: ({ user, url, token }: Letter) =>
        sendMail({
          to: user.email,
          kind: 'reset-password',
          url: new URL(`/reset-password?token=${encodeURIComponent(token)}`, url).href,
        }),
      revokeSessionsOnPasswordReset: true,
    },
    verification: {
      emailVerification: {
        sendOnSignUp: true,
        sendVerificationEmail: ({ user, url }: Letter) =>
          sendMail({ to: user.email, kind: 'verify-email', url }),
      },
    },
  }
}
