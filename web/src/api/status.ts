// What is being monitored, and with how many rules.
import { queryOptions } from '@tanstack/react-query'
import { api, expectOk } from './client'

export const statusOptions = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => expectOk(api.GET('/api/v1/status', { signal })),
  refetchInterval: 5_000,
})
