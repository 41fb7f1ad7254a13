// The list on the screen: pages from the manager, the live stream over them, and what dismissing does to both.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { type AlertFilter, type AlertPages, alertListOptions, alertsKey } from '../api/alerts'
import { type Connection, LiveAlerts } from '../api/liveAlerts'
import { sessionOptions } from '../api/session'
import type { AlertRow } from '../api/types'
import { belongs, NOTHING_LIVE, ROW_CAP, reduceLive, rowsOf, totalOf } from './inbox'

/** Live rows are gathered this long and shown together: a flood then costs a few renders a second, not one an alert. */
const GATHER_MS = 40
/** With a text query only the manager can say what matches: it is asked again, at most this often. */
const REASK_MS = 700

export interface InboxOptions {
  filter: AlertFilter
  /** The reader is further down: new rows wait until asked for. */
  hold: boolean
  onArrival: (rows: readonly AlertRow[]) => void
}

export function useInbox({ filter, hold, onArrival }: InboxOptions) {
  const client = useQueryClient()
  const list = useInfiniteQuery(alertListOptions(filter))
  const [live, dispatch] = useReducer(reduceLive, NOTHING_LIVE)
  const [newMatches, setNewMatches] = useState(false)

  const reload = useCallback(() => {
    setNewMatches(false)
    void client.invalidateQueries({ queryKey: [...alertsKey, 'list'] })
  }, [client])
  const reask = useThrottled(reload, REASK_MS)

  const remove = (id: string) => {
    dispatch({ do: 'forget', id })
    client.setQueriesData<AlertPages>({ queryKey: [...alertsKey, 'list'] }, (pages) => pages && dropRow(pages, id))
  }
  const take = (rows: readonly AlertRow[]) => {
    const fitting = rows.filter((row) => belongs(filter, row))
    // Dismissed or restored elsewhere: it leaves this list.
    for (const row of rows) if (row.dismissed !== filter.dismissed) remove(row.id)
    if (fitting.length === 0) return
    if (filter.query !== '') return hold ? setNewMatches(true) : reask()
    dispatch({ do: 'arrive', rows: fitting, hold, now: Date.now() })
    onArrival(fitting)
  }
  const first = list.data?.pages[0]
  const seesNothing = first?.sees_nothing ?? false
  // Who may see nothing is refused the stream; once they may see something the list says so.
  const connection = useLiveRows(seesNothing ? undefined : first?.live_cursor, filter.excepted ?? false, take, reload)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list, whose live rows start from nothing
  useEffect(() => dispatch({ do: 'reset' }), [filter.query, filter.severityMin, filter.dismissed, filter.excepted])
  useEffect(() => {
    if (live.overflowed) reload()
  }, [live.overflowed, reload])

  const pages = useLastGood(list.data)
  const rows = useMemo(() => rowsOf(pages, live), [pages, live])
  const total = useMemo(() => totalOf(pages, rows), [pages, rows])
  const release = () => (newMatches ? reload() : dispatch({ do: 'release', now: Date.now() }))
  return {
    list,
    rows,
    ...total,
    loaded: pages !== undefined,
    seesNothing,
    excepted: pages?.pages[0]?.excepted ?? 0,
    atCap: rows.length >= ROW_CAP,
    arrivedAt: live.arrivedAt,
    heldCount: live.held.size,
    newMatches,
    connection,
    release,
    reload,
    remove,
  }
}

export type Inbox = ReturnType<typeof useInbox>

/** What was there last: neither a typing mistake in the query nor a lost connection empties the list under the reader. */
function useLastGood(pages: AlertPages | undefined): AlertPages | undefined {
  const [last, setLast] = useState(pages)
  if (pages && pages !== last) setLast(pages)
  return pages ?? last
}

/** Opens the stream once the first page is there, from exactly where that page ends. */
function useLiveRows(cursor: string | undefined, excepted: boolean, take: (rows: readonly AlertRow[]) => void, onGap: () => void) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>({ state: 'connecting' })
  const stream = useRef<LiveAlerts | null>(null)
  const latest = useRef({ take, onGap, cursor })
  latest.current = { take, onGap, cursor }
  const ready = cursor !== undefined
  useEffect(() => {
    if (!ready) return
    const gathered = new Gathered((rows) => latest.current.take(rows))
    const alerts = new LiveAlerts(
      {
        onAlert: (row) => gathered.add(row),
        onGap: () => latest.current.onGap(),
        onConnection: (next) => {
          setConnection(next)
          if (next.state === 'expired') client.setQueryData(sessionOptions.queryKey, 'expired')
        },
      },
      latest.current.cursor ?? null,
      excepted,
    )
    stream.current = alerts
    alerts.start()
    return () => {
      alerts.stop()
      gathered.stop()
    }
  }, [ready, excepted, client])
  return { ...connection, retryNow: () => stream.current?.retryNow() }
}

class Gathered {
  private rows = new Map<string, AlertRow>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly give: (rows: readonly AlertRow[]) => void) {}

  add(row: AlertRow): void {
    this.rows.delete(row.id)
    this.rows.set(row.id, row)
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS)
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  private flush(): void {
    this.timer = undefined
    const rows = [...this.rows.values()]
    this.rows = new Map()
    this.give(rows)
  }
}

function useThrottled(run: () => void, ms: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const latest = useRef(run)
  latest.current = run
  useEffect(() => {
    return () => {
      clearTimeout(timer.current)
      timer.current = undefined
    }
  }, [])
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      latest.current()
    }, ms)
  }, [ms])
}

function dropRow(pages: AlertPages, id: string): AlertPages {
  const holds = pages.pages.some((page) => page.items.some((row) => row.id === id))
  if (!holds) return pages
  return {
    ...pages,
    pages: pages.pages.map((page) => ({ ...page, total: Math.max(0, page.total - 1), items: page.items.filter((row) => row.id !== id) })),
  }
}
