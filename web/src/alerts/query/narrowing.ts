// A query with one more condition: what a click on a figure means. Pure text, in the language of docs/query.md.

const RANGE = String.raw`[[{]\s*\S+ TO [^\s\]}]+\s*[\]}]`
const TIME = new RegExp(String.raw`(?:^|\s+)(?:NOT\s+|-)?(?:time|@timestamp):(?:${RANGE}|[^\s()]+)(?=\s|$)`, 'g')
/** What `within` put there. */
const LAST = new RegExp(String.raw`(?:^|\s+)time:${RANGE}$`)

/** The query and the condition; the same where it holds the condition already. */
export function narrowed(query: string, condition: string): string {
  const before = query.trim()
  if (before === '') return condition
  if (before === condition || before.endsWith(` ${condition}`)) return before
  // OR binds less than what stands side by side.
  return /\bOR\b/.test(before) ? `(${before}) ${condition}` : `${before} ${condition}`
}

/** The query, within these moments (seconds since 1970; the last one is left out) and no other range of time. */
export function within(query: string, start: number, end: number): string {
  return narrowed(withoutTime(query), `time:[${iso(start)} TO ${iso(end)}}`)
}

/** Without its times. In one that says OR or has parentheses a time may be a part of something: there only the last range goes. */
export function withoutTime(query: string): string {
  return query
    .trim()
    .replace(/\bOR\b|[()]/.test(query) ? LAST : TIME, '')
    .trim()
}

export function hasTime(query: string): boolean {
  return withoutTime(query) !== query.trim()
}

/** `name:"value"`, whatever the value holds. */
export function equals(name: string, value: string): string {
  return `${name}:"${value.replace(/["\\]/g, '\\$&')}"`
}

function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}
