// The one door to the manager. Everything that is not a 2xx answer becomes an ApiFailure, so screens handle one kind of error.
import createClient from 'openapi-fetch'
import { failureOf, unreachable } from './failure'
import type { paths } from './schema'

export const api = createClient<paths>({ credentials: 'same-origin', fetch: fetchOrFail })

/** fetch, but a refused connection says so in our words instead of the browser's. */
async function fetchOrFail(request: Request): Promise<Response> {
  try {
    // Read at call time, so that tests can put their own fetch in place.
    return await globalThis.fetch(request)
  } catch (cause) {
    if (request.signal.aborted) throw cause
    throw unreachable(cause)
  }
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a 2xx answer; throws ApiFailure for every other. */
export async function expectOk<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw failureOf(response.status, error)
  return data as T
}
