// The list as pure data: pages that the manager answered, and over them the rows that arrived live. Nothing here knows React or the network.
import type { AlertFilter, AlertPages } from '../api/alerts'
import type { AlertRow } from '../api/types'

/** Live rows kept over the pages; past this the list is read anew instead (the manager has them all). */
export const LIVE_CAP = 500
/** Rows kept in the tab. Older ones are found by narrowing the search. */
export const ROW_CAP = 10_000

export interface Live {
  /** Shown at the top, by group. */
  shown: ReadonlyMap<string, AlertRow>
  /** Held back while the reader is further down, so that nothing moves under the eyes. */
  held: ReadonlyMap<string, AlertRow>
  /** When each row came, milliseconds since the epoch, for the highlight. */
  arrivedAt: ReadonlyMap<string, number>
  /** More came than LIVE_CAP holds: the pages must be read again. */
  overflowed: boolean
}

export type LiveAction =
  | { do: 'arrive'; rows: readonly AlertRow[]; hold: boolean; now: number }
  | { do: 'release'; now: number }
  | { do: 'forget'; id: string }
  | { do: 'reset' }

export const NOTHING_LIVE: Live = { shown: new Map(), held: new Map(), arrivedAt: new Map(), overflowed: false }

export function reduceLive(live: Live, action: LiveAction): Live {
  switch (action.do) {
    case 'arrive':
      return arrive(live, action.rows, action.hold, action.now)
    case 'release':
      return { ...live, ...moveUp(live.shown, live.arrivedAt, [...live.held.values()], action.now), held: new Map() }
    case 'forget':
      return { ...live, shown: without(live.shown, action.id), held: without(live.held, action.id) }
    case 'reset':
      return NOTHING_LIVE
  }
}

/** Whether a live row belongs into a list narrowed by all but a text query, which only the manager can judge. */
export function belongs(filter: AlertFilter, row: AlertRow): boolean {
  return row.severity >= filter.severityMin && row.dismissed === filter.dismissed
}

/** The rows to show: live ones first, newest at the top, then the pages, each group once in its newest version. */
export function rowsOf(pages: AlertPages | undefined, live: Live): AlertRow[] {
  const paged = pages?.pages.flatMap((page) => page.items) ?? []
  const known = new Map(paged.map((row) => [row.id, row]))
  const top = [...live.shown.values()].filter((row) => isNewer(row, known.get(row.id))).reverse()
  const lifted = new Set(top.map((row) => row.id))
  const seen = new Set<string>()
  const rest = paged.filter((row) => !lifted.has(row.id) && !seen.has(row.id) && seen.add(row.id))
  return [...top, ...rest].map((row) => newest(row, live.held.get(row.id)))
}

export function totalOf(pages: AlertPages | undefined, rows: readonly AlertRow[]): { total: number; capped: boolean } {
  const first = pages?.pages[0]
  if (!first) return { total: rows.length, capped: false }
  const paged = new Set(pages.pages.flatMap((page) => page.items.map((row) => row.id)))
  const added = rows.filter((row) => !paged.has(row.id)).length
  return { total: first.total + added, capped: first.total >= first.total_cap }
}

function arrive(live: Live, rows: readonly AlertRow[], hold: boolean, now: number): Live {
  if (!hold) return bounded({ ...live, ...moveUp(live.shown, live.arrivedAt, rows, now) })
  const held = new Map(live.held)
  for (const row of rows) reinsert(held, row)
  return bounded({ ...live, held })
}

function moveUp(shown: Live['shown'], arrivedAt: Live['arrivedAt'], rows: readonly AlertRow[], now: number) {
  const next = new Map(shown)
  const times = new Map([...arrivedAt].filter(([, at]) => now - at < FRESH_MS))
  for (const row of rows) {
    reinsert(next, row)
    times.set(row.id, now)
  }
  return { shown: next, arrivedAt: times }
}

/** How long a new row stays marked, in milliseconds. */
export const FRESH_MS = 3_000

/** Maps keep the order of insertion, so the last one in is the newest. */
function reinsert(rows: Map<string, AlertRow>, row: AlertRow): void {
  rows.delete(row.id)
  rows.set(row.id, row)
}

function bounded(live: Live): Live {
  return live.shown.size + live.held.size <= LIVE_CAP ? live : { ...NOTHING_LIVE, overflowed: true }
}

function isNewer(row: AlertRow, known: AlertRow | undefined): boolean {
  return !known || timeOf(row) > timeOf(known) || row.count > known.count
}

function newest(row: AlertRow, other: AlertRow | undefined): AlertRow {
  return other && isNewer(other, row) ? other : row
}

/** Nanosecond times are longer than a number holds: compared as text of equal length. */
function timeOf(row: AlertRow): string {
  return row.last_time.padStart(20, '0')
}

function without(rows: ReadonlyMap<string, AlertRow>, id: string): ReadonlyMap<string, AlertRow> {
  return new Map([...rows].filter(([key]) => key !== id))
}
