// Numbers as people read them.
import type { Endpoint } from '../api/types'

const MS = 1_000_000n
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })
const integer = new Intl.NumberFormat('en')

/** Milliseconds since the epoch of a time in nanoseconds (decimal text, as the API has it); NaN if it is none. */
export function millis(nanoseconds: string): number {
  return /^\d{1,20}$/.test(nanoseconds) ? Number(BigInt(nanoseconds) / MS) : Number.NaN
}

/** Time of day; with the day before it when that is not `now`'s. */
export function shortTime(ms: number, now: number): { day: string | null; clock: string } {
  if (Number.isNaN(ms)) return { day: null, clock: '–' }
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString()
  return { day: sameDay ? null : day.format(ms), clock: clock.format(ms) }
}

export function fullTime(ms: number): string {
  return Number.isNaN(ms) ? 'unknown time' : full.format(ms)
}

export function count(value: number): string {
  return integer.format(value)
}

/** Bytes with a decimal unit, three figures. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${step === 0 ? value : value.toPrecision(3)} ${units[step]}`
}

/** "ip:port", IPv6 in brackets (RFC 5952, section 6). */
export function address({ ip, port }: Pick<Endpoint, 'ip' | 'port'>): string {
  if (port === null || port === undefined) return ip
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

export function ruleId({ gid, sid, rev }: { gid: number; sid: number; rev: number }): string {
  return `${gid}:${sid}:${rev}`
}
