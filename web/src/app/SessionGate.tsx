// The screens stand behind this: without a session the login form takes their place, and the address stays as it is.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { sessionOptions } from '../api/session'
import { Login } from '../login/Login'
import { Notice } from './Notice'

export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery({
    ...sessionOptions,
    retry: false,
    refetchInterval: (query) => (query.state.error ? 3000 : false),
  })
  if (data === 'open') return children
  if (data !== undefined) return <Login expired={data === 'expired'} />
  if (error)
    return (
      <Notice
        kind="error"
        title="The manager cannot be reached"
        error={error}
        action={{ label: 'Try now', run: () => void refetch() }}
        full
      />
    )
  return null
}
