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

export function closeSession(): Promise<unknown> {
  return expectOk(api.DELETE('/api/v1/session'))
}
