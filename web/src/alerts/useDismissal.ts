// Dismissing and restoring: the row goes at once, the manager is told, and the last step can be taken back.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { alertsKey, dismissAlert, restoreAlert } from '../api/alerts'
import type { AlertRow } from '../api/types'
import type { Inbox } from './useInbox'

interface Step {
  row: AlertRow
  /** What was done to it. */
  did: 'dismiss' | 'restore'
}

const SHOWN_MS = 8_000

export function useDismissal(inbox: Inbox) {
  const client = useQueryClient()
  const [last, setLast] = useState<Step | null>(null)
  const change = useMutation({
    mutationFn: ({ row, did }: Step) => (did === 'dismiss' ? dismissAlert(row.id) : restoreAlert(row.id)),
    onSettled: () => client.invalidateQueries({ queryKey: alertsKey }),
    onError: () => setLast(null),
  })
  useEffect(() => {
    if (!last) return
    const timer = setTimeout(() => setLast(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [last])

  const toggle = (row: AlertRow) => {
    const step: Step = { row, did: row.dismissed ? 'restore' : 'dismiss' }
    inbox.remove(row.id)
    setLast(step)
    change.mutate(step)
  }
  const undo = () => {
    if (!last) return
    change.mutate({ row: last.row, did: last.did === 'dismiss' ? 'restore' : 'dismiss' })
    setLast(null)
  }
  return { last, error: change.error, toggle, undo, clear: change.reset }
}

export type Dismissal = ReturnType<typeof useDismissal>
