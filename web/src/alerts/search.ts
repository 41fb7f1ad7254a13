// What the address says: the filters and the open alert. Read from untrusted text (people edit and share addresses), so each value is checked.
import type { AlertFilter } from '../api/alerts'

export interface AlertSearch {
  query?: string
  severity_min?: number
  dismissed?: boolean
  /** Also what exceptions hide. */
  excepted?: boolean
  /** Group of the open alert, and the event of it that is shown. */
  alert?: string
  event?: string
}

/** The manager refuses longer queries; so does the search field. */
export const QUERY_CAP = 2000
const ID_CAP = 600

export function readSearch(raw: Record<string, unknown>): AlertSearch {
  const severity = Number(raw.severity_min)
  return dropUndefined({
    query: text(raw.query, QUERY_CAP),
    severity_min: Number.isInteger(severity) && severity > 0 && severity <= 100 ? severity : undefined,
    dismissed: String(raw.dismissed) === 'true' ? true : undefined,
    excepted: String(raw.excepted) === 'true' ? true : undefined,
    alert: text(raw.alert, ID_CAP),
    event: text(raw.event, ID_CAP),
  })
}

export function filterOf(search: AlertSearch): AlertFilter {
  return {
    query: search.query ?? '',
    severityMin: search.severity_min ?? 0,
    dismissed: search.dismissed ?? false,
    ...(search.excepted && { excepted: true }),
  }
}

export function isNarrowed(filter: AlertFilter): boolean {
  return filter.query !== '' || filter.severityMin > 0
}

function text(value: unknown, cap: number): string | undefined {
  const trimmed = typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, cap) : ''
  return trimmed.trim() === '' ? undefined : trimmed
}

function dropUndefined(search: AlertSearch): AlertSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
}
