// What exceptions hide, and who is told of alerts.
import { queryOptions } from '@tanstack/react-query'
import { api, expectOk } from './client'

export const exceptionsOptions = queryOptions({
  queryKey: ['exceptions'],
  queryFn: ({ signal }) => expectOk(api.GET('/api/v1/exceptions', { signal })),
  refetchInterval: 5_000,
})

export const webhooksOptions = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => expectOk(api.GET('/api/v1/webhooks', { signal })),
  refetchInterval: 5_000,
})
