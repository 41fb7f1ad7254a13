// Who is looking: asked once at start, and answered anew whenever the manager says 401.
import { queryOptions } from '@tanstack/react-query'
import { api, expectOk } from './client'
import { isExpired } from './failure'

/** `expired` and `none` show the same form; `expired` also says why. */
export type SessionState = 'open' | 'none' | 'expired'

export const sessionOptions = queryOptions({
  queryKey: ['session'],
  queryFn: readSession,
  staleTime: Number.POSITIVE_INFINITY,
})

async function readSession({ signal }: { signal: AbortSignal }): Promise<SessionState> {
  try {
    const session = await expectOk(api.GET('/api/v1/session', { signal }))
    return session.authenticated ? 'open' : 'none'
  } catch (error) {
    if (isExpired(error)) return 'none'
    throw error
  }
}

export function openSession(token: string): Promise<unknown> {
  return expectOk(api.POST('/api/v1/session', { body: { token } }))
}

/** What the provider is called by which one may log in too; empty where there is none. */
export const loginWaysOptions = queryOptions({
  queryKey: ['session', 'ways'],
  queryFn: async ({ signal }) => (await expectOk(api.GET('/api/v1/session/ways', { signal }))).oidc,
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
})

/** Ends the session; answers where the log-in at the provider is ended too, if it was opened there. */
export async function closeSession(): Promise<string> {
  return (await expectOk(api.DELETE('/api/v1/session'))).provider
}
