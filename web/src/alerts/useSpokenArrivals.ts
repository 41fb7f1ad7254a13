// New alerts, said aloud: at most one sentence in a few seconds, however many arrive.
import { useCallback, useEffect, useRef } from 'react'
import type { AlertRow } from '../api/types'
import { useAnnounce } from '../app/announce'
import { bandOf } from './severity'

const PAUSE_MS = 4_000

export function useSpokenArrivals(): (rows: readonly AlertRow[]) => void {
  const announce = useAnnounce()
  const waiting = useRef<{ rows: AlertRow[]; timer?: ReturnType<typeof setTimeout> }>({ rows: [] })
  useEffect(() => () => clearTimeout(waiting.current.timer), [])
  return useCallback(
    (rows) => {
      const state = waiting.current
      const quiet = state.timer === undefined
      state.rows = [...state.rows, ...rows].slice(-100)
      if (!quiet) return
      const speak = () => {
        state.timer = state.rows.length > 0 ? setTimeout(speak, PAUSE_MS) : undefined
        if (state.rows.length > 0) announce(sentence(state.rows))
        state.rows = []
      }
      speak()
    },
    [announce],
  )
}

function sentence(rows: readonly AlertRow[]): string {
  const latest = rows.at(-1)
  if (!latest) return ''
  const what = `${bandOf(latest.severity).word}: ${latest.rule.msg}`
  return rows.length === 1 ? `New alert. ${what}` : `${rows.length} new alerts. Latest is ${what}`
}
