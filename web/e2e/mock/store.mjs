// The mock manager's alerts: groups in memory, and those who listen for changes.
import { detailOf, engineEvent, SAMPLES, severityOf } from './samples.mjs'

const SECOND = 1_000_000_000n

export class MockStore {
  constructor() {
    this.clear()
  }

  clear() {
    this.groups = new Map()
    this.details = new Map()
    this.changes = []
    this.listeners ??= new Set()
    this.number = 0
  }

  get cursor() {
    return this.changes.length
  }

  /** Adds an event of sample `index` (any number: they repeat); `source` makes it a group of its own. */
  add(index, { ago = 0, source } = {}) {
    const sample = { ...SAMPLES[index % SAMPLES.length] }
    if (source) sample.from = [source, sample.from[1], '', '']
    this.number += 1
    const time = BigInt(Date.now()) * 1_000_000n - BigInt(Math.round(ago * 1000)) * (SECOND / 1000n)
    const event = engineEvent(sample, time, this.number)
    const id = [event.gid, event.sid, event.rev, event.src_ip, event.dst_ip, event.dst_port].join('_')
    const row = rowOf(this.groups.get(id), event, sample, id, `${id}_${this.number}`, time)
    this.groups.delete(id)
    this.groups.set(id, row)
    this.details.set(row.event_id, { event, sample, group: id })
    this.publish(row)
    return row
  }

  detail(id) {
    const eventId = this.groups.get(id)?.event_id ?? id
    const found = this.details.get(eventId)
    return found && detailOf(found.event, found.sample, eventId, this.groups.get(found.group))
  }

  mark(id, dismissed) {
    const group = this.groups.has(id) ? id : this.details.get(id)?.group
    const row = group && this.groups.get(group)
    if (!row) return false
    const changed = { ...row, dismissed }
    this.groups.set(group, changed)
    this.publish(changed)
    return true
  }

  fitting({ query, severityMin, dismissed }) {
    return [...this.groups.values()].filter((row) => row.dismissed === dismissed && row.severity >= severityMin && matches(row, query))
  }

  /** As GET /api/v1/events/statistics answers: here a group counts with all its events, at its last one's time. */
  counts(filter, { field, top, timed }) {
    const rows = this.fitting(filter)
    const total = rows.reduce((sum, row) => sum + row.count, 0)
    const values = tally(rows, (row) => (field === 'msg' ? [row.rule.msg] : [row.source.namespace, row.destination.namespace]))
    const starts = tally(rows, (row) => [Math.floor(Date.parse(row.last_seen) / 60_000) * 60])
    const [first, last] = [Math.min(...starts.keys()), Math.max(...starts.keys())]
    const times = []
    for (let start = first; timed && start <= last; start += 60) times.push({ start, count: starts.get(start) ?? 0 })
    const named = [...values].sort((a, b) => b[1] - a[1]).slice(0, top)
    const shown = named.map(([value, count]) => ({ value, count, times: [] }))
    return { total, interval: timed ? 60 : null, times, values: shown, other: 0, without: 0 }
  }

  page({ query, severityMin, dismissed, limit, cursor }) {
    const all = this.fitting({ query, severityMin, dismissed }).sort((a, b) => (BigInt(b.last_time) > BigInt(a.last_time) ? 1 : -1))
    const from = cursor ? Number(cursor) : 0
    const items = all.slice(from, from + limit)
    const next = from + limit < all.length ? String(from + limit) : null
    return {
      items,
      next_cursor: next,
      total: all.length,
      total_cap: 10_000,
      live_cursor: String(this.cursor),
      excepted: 0,
      sees_nothing: false,
    }
  }

  publish(row) {
    this.changes.push(row)
    for (const listener of this.listeners) listener(row, this.cursor)
  }
}

/** How many events have each value. */
function tally(rows, valuesOf) {
  const found = new Map()
  for (const row of rows)
    for (const value of new Set(valuesOf(row).filter((each) => each !== ''))) found.set(value, (found.get(value) ?? 0) + row.count)
  return found
}

function rowOf(before, event, sample, id, eventId, time) {
  const [, , sourceName, sourceNamespace] = sample.from
  const [, , destinationName, destinationNamespace] = sample.to
  return {
    id,
    event_id: eventId,
    count: (before?.count ?? 0) + 1,
    first_time: before?.first_time ?? String(time),
    last_time: String(time),
    last_seen: new Date(Number(time / 1_000_000n)).toISOString(),
    severity: severityOf(event),
    description: 'Signature Triggered Alert',
    rule: { gid: event.gid, sid: event.sid, rev: event.rev, msg: event.msg, classtype: event.classtype, priority: event.priority },
    source: { ip: event.src_ip, port: event.src_port, name: sourceName, namespace: sourceNamespace },
    destination: { ip: event.dst_ip, port: event.dst_port, name: destinationName, namespace: destinationNamespace },
    protocol: event.protocol,
    host: 'node-2',
    dismissed: false,
  }
}

/** Words anywhere, or field:value for a few fields: enough for the tests, no grammar. A range of time holds everything. */
function matches(row, query) {
  const text = JSON.stringify(row).toLowerCase()
  return query
    .toLowerCase()
    .replace(/time:\[\S+ to \S+\}/, '')
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => text.includes(word.replace(/^sid:(\d+)$/, '"sid":$1').replace(/^(ip|pod):/, '')))
}
