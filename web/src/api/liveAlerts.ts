// The live stream of alerts, kept open: resumes after a break where it stopped, waits longer after each failure, says how it fares.
import { ApiFailure } from './failure'
import { EventParser, type ServerSentEvent } from './serverSentEvents'
import type { AlertRow } from './types'

export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  /** `retryAt`: milliseconds since the epoch of the next attempt. */
  | { state: 'lost'; retryAt: number }
  | { state: 'expired' }

export interface LiveListener {
  onAlert(row: AlertRow): void
  /** Alerts may have been missed: read the list again. */
  onGap(): void
  onConnection(connection: Connection): void
}

const STREAM = '/api/v1/alerts/stream'
const RETRY_SECONDS = [1, 2, 4, 8, 15]
/** Told to reload is no broken line: the next connection comes soon, and nobody need hear of it. */
const AFTER_RELOAD_MS = 300
/** The manager sends a heartbeat every 10 s; two missed ones and some grace mean the line is dead, whatever TCP believes. */
const SILENCE_MS = 25_000

export class LiveAlerts {
  private failures = 0
  private wasLive = false
  private reloading = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private abort: AbortController | null = null
  private stopped = false

  /** `lastId`: cursor to go on from, as a page of alerts gives it. `excepted`: also what exceptions hide. */
  constructor(
    private readonly listener: LiveListener,
    private lastId: string | null = null,
    private readonly excepted = false,
  ) {}

  start(): void {
    this.stopped = false
    void this.connect()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
    this.abort?.abort()
  }

  /** The next attempt now, not when its time has come. */
  retryNow(): void {
    clearTimeout(this.timer)
    void this.connect()
  }

  private async connect(): Promise<void> {
    this.abort?.abort()
    const abort = new AbortController()
    this.abort = abort
    this.listener.onConnection({ state: 'connecting' })
    try {
      await this.read(abort)
    } catch (error) {
      if (abort !== this.abort || this.stopped) return
      if (error instanceof ApiFailure && error.status === 401) {
        this.listener.onConnection({ state: 'expired' })
        return
      }
    }
    if (abort === this.abort && !this.stopped) this.scheduleRetry()
  }

  private async read(abort: AbortController): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (this.lastId !== null) headers['Last-Event-ID'] = this.lastId
    const response = await watched(
      fetch(this.excepted ? `${STREAM}?show_excepted=true` : STREAM, { headers, signal: abort.signal, credentials: 'same-origin' }),
      abort,
    )
    if (!response.ok || !response.body) throw new ApiFailure(response.status, 'stream', 'The live stream was refused.', '')
    this.opened()
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = new EventParser()
    for (;;) {
      const { done, value } = await watched(reader.read(), abort)
      if (done) return
      const events = parser.push(decoder.decode(value, { stream: true }))
      this.lastId = parser.lastId ?? this.lastId
      for (const event of events) this.receive(event)
    }
  }

  private opened(): void {
    this.failures = 0
    // A break before the first event leaves no id to resume from.
    if (this.wasLive && this.lastId === null) this.listener.onGap()
    this.wasLive = true
    this.listener.onConnection({ state: 'live' })
  }

  private receive(event: ServerSentEvent): void {
    // `reload` is the manager's word that this reader was too slow; it then ends the stream, and the next one goes on from there.
    if (event.type === 'reload') this.reloading = true
    else if (event.type !== 'alert') return
    const row = event.type === 'alert' ? parseRow(event.data) : null
    if (row) this.listener.onAlert(row)
    else this.listener.onGap()
  }

  private scheduleRetry(): void {
    if (this.reloading) {
      this.reloading = false
      this.timer = setTimeout(() => void this.connect(), AFTER_RELOAD_MS)
      return
    }
    const seconds = RETRY_SECONDS[Math.min(this.failures, RETRY_SECONDS.length - 1)] ?? 15
    this.failures += 1
    this.listener.onConnection({ state: 'lost', retryAt: Date.now() + seconds * 1000 })
    this.timer = setTimeout(() => void this.connect(), seconds * 1000)
  }
}

/** A promise that fails when it takes longer than a live line may be silent. */
async function watched<T>(promise: Promise<T>, abort: AbortController): Promise<T> {
  const timer = setTimeout(() => abort.abort(), SILENCE_MS)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

function parseRow(data: string): AlertRow | null {
  try {
    const row: unknown = JSON.parse(data)
    return typeof row === 'object' && row !== null && 'event_id' in row && 'rule' in row ? (row as AlertRow) : null
  } catch {
    return null
  }
}
