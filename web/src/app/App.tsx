import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { isExpired, isQueryMistake } from '../api/failure'
import { sessionOptions } from '../api/session'
import { AnnounceProvider } from './announce'
import { createAppRouter } from './router'
import { SessionGate } from './SessionGate'

export function App() {
  const [client] = useState(createClient)
  const [router] = useState(createAppRouter)
  return (
    <QueryClientProvider client={client}>
      <AnnounceProvider>
        <SessionGate>
          <RouterProvider router={router} />
        </SessionGate>
      </AnnounceProvider>
    </QueryClientProvider>
  )
}

function createClient(): QueryClient {
  // Whichever request learns that the session is over, the whole page asks for a new one.
  const onError = (error: Error) => {
    if (isExpired(error)) client.setQueryData(sessionOptions.queryKey, 'expired')
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && !isExpired(error) && !isQueryMistake(error),
        retryDelay: (attempt) => 500 * 2 ** attempt,
        // The live stream says when something is new.
        refetchOnWindowFocus: false,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}
