// Queries and changes on alerts, and their keys in the cache.
import { type InfiniteData, infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, expectOk } from './client'
import { isQueryMistake } from './failure'
import type { AlertPage } from './types'

export const PAGE_SIZE = 50

/** What the list is narrowed to. */
export interface AlertFilter {
  query: string
  severityMin: number
  dismissed: boolean
  /** Also what exceptions hide. */
  excepted?: boolean
}

export type AlertPages = InfiniteData<AlertPage, string | null>

export const alertsKey = ['alerts'] as const

export function alertListOptions(filter: AlertFilter) {
  return infiniteQueryOptions<AlertPage, Error, AlertPages, readonly unknown[], string | null>({
    queryKey: [...alertsKey, 'list', filter],
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => fetchPage(filter, pageParam, signal),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => askedAgainAfter(query.state),
  })
}

/** While it fails it is asked again; a query that cannot be read would only fail again. A right that was missing may be given. */
function askedAgainAfter({ error, data }: { error: Error | null; data: AlertPages | undefined }): number | false {
  if (error) return isQueryMistake(error) ? false : 5_000
  return data?.pages[0]?.sees_nothing ? 30_000 : false
}

export function alertDetailOptions(eventId: string) {
  return queryOptions({
    queryKey: [...alertsKey, 'detail', eventId],
    queryFn: ({ signal }) => expectOk(api.GET('/api/v1/alerts/{event_id}', { params: { path: { event_id: eventId } }, signal })),
    // An event never changes once stored; only its dismissal does, and that invalidates it.
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function dismissAlert(id: string): Promise<unknown> {
  return expectOk(api.POST('/api/v1/alerts/{alert_id}/dismiss', { params: { path: { alert_id: id } } }))
}

export function restoreAlert(id: string): Promise<unknown> {
  return expectOk(api.POST('/api/v1/alerts/{alert_id}/restore', { params: { path: { alert_id: id } } }))
}

function fetchPage(filter: AlertFilter, cursor: string | null, signal: AbortSignal): Promise<AlertPage> {
  const query = {
    limit: PAGE_SIZE,
    group: true,
    dismissed: filter.dismissed,
    ...(filter.query && { query: filter.query }),
    ...(filter.severityMin > 0 && { severity_min: filter.severityMin }),
    ...(filter.excepted && { show_excepted: true }),
    ...(cursor && { cursor }),
  }
  return expectOk(api.GET('/api/v1/alerts', { params: { query }, signal }))
}
