// Counts of single events, and the address of an export: both of what the list is narrowed to.
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AlertFilter } from './alerts'
import { alertsKey } from './alerts'
import { api, expectOk } from './client'

/** Counting reads many events, so it is not done at every arrival. */
const COUNT_AGAIN_MS = 15_000

export interface CountWanted {
  field: 'msg' | 'namespace'
  top: number
  /** At most so many intervals of time; 0 for none. */
  intervals: number
}

export function countOptions(filter: AlertFilter, { field, top, intervals }: CountWanted) {
  const query = { ...asked(filter), field, top, ...(intervals > 0 && { interval: 'auto', intervals }) }
  return queryOptions({
    queryKey: [...alertsKey, 'count', query],
    queryFn: ({ signal }) => expectOk(api.GET('/api/v1/events/statistics', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: COUNT_AGAIN_MS,
    retry: false,
  })
}

export type ExportFormat = 'ndjson' | 'csv' | 'pcapng'

/** Where the browser fetches the file: it streams, so a script does not touch it. */
export function exportAddress(filter: AlertFilter, format: ExportFormat): string {
  const parameters = Object.entries({ format, ...asked(filter) }).map(([name, value]) => [name, String(value)])
  return `/api/v1/events/export?${new URLSearchParams(parameters)}`
}

function asked(filter: AlertFilter) {
  return {
    dismissed: filter.dismissed,
    ...(filter.excepted && { show_excepted: true }),
    ...(filter.query && { query: filter.query }),
    ...(filter.severityMin > 0 && { severity_min: filter.severityMin }),
  }
}
