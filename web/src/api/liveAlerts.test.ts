import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { alertRow } from '../testing/rows'
import { type Connection, LiveAlerts } from './liveAlerts'

/** A manager's stream under the test's control: each connection is one entry. */
class Wire {
  connections: { lastId: string | null; send: (text: string) => void; end: () => void }[] = []
  status = 200

  fetch = vi.fn((_: unknown, init?: RequestInit) => {
    if (this.status !== 200) return Promise.resolve(new Response('{}', { status: this.status }))
    let control: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(given) {
        control = given
      },
    })
    init?.signal?.addEventListener('abort', () => control.error(new Error('aborted')))
    this.connections.push({
      lastId: new Headers(init?.headers).get('Last-Event-ID'),
      send: (text) => control.enqueue(new TextEncoder().encode(text)),
      end: () => control.close(),
    })
    return Promise.resolve(new Response(body, { status: 200 }))
  })
}

function listen(lastId: string | null = '5') {
  const seen = { rows: [] as string[], gaps: 0, states: [] as Connection['state'][], retryAt: 0 }
  const live = new LiveAlerts(
    {
      onAlert: (row) => seen.rows.push(row.id),
      onGap: () => {
        seen.gaps += 1
      },
      onConnection: (connection) => {
        seen.states.push(connection.state)
        if (connection.state === 'lost') seen.retryAt = connection.retryAt
      },
    },
    lastId,
  )
  return { live, seen }
}

const settle = () => vi.advanceTimersByTimeAsync(1)

describe('LiveAlerts', () => {
  let wire: Wire

  beforeEach(() => {
    vi.useFakeTimers()
    wire = new Wire()
    vi.stubGlobal('fetch', wire.fetch)
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('begins where the page ended, and hands on what arrives', async () => {
    const { live, seen } = listen('5')
    live.start()
    await settle()
    wire.connections[0]?.send(`id: 6\nevent: alert\ndata: ${JSON.stringify(alertRow({ id: 'g6' }))}\n\n`)
    await settle()
    expect(wire.connections[0]?.lastId).toBe('5')
    expect(seen.rows).toEqual(['g6'])
    expect(seen.states).toEqual(['connecting', 'live'])
    live.stop()
  })

  it('says when it tries again, then resumes after the last alert', async () => {
    const { live, seen } = listen('5')
    live.start()
    await settle()
    wire.connections[0]?.send(`id: 9\nevent: alert\ndata: ${JSON.stringify(alertRow({ id: 'g9' }))}\n\n`)
    await settle()
    wire.connections[0]?.end()
    await settle()
    expect(seen.states.at(-1)).toBe('lost')
    expect(seen.retryAt - Date.now()).toBeGreaterThan(500)
    await vi.advanceTimersByTimeAsync(1000)
    expect(wire.connections[1]?.lastId).toBe('9')
    expect(seen.states.at(-1)).toBe('live')
    live.stop()
  })

  it('waits longer after each failure, and at once when asked to', async () => {
    wire.status = 502
    const { live, seen } = listen()
    const waits: number[] = []
    live.start()
    for (let turn = 0; turn < 6; turn += 1) {
      await settle()
      waits.push(Math.round((seen.retryAt - Date.now()) / 1000))
      await vi.advanceTimersByTimeAsync(seen.retryAt - Date.now())
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15])
    wire.status = 200
    live.retryNow()
    await settle()
    expect(seen.states.at(-1)).toBe('live')
    live.stop()
  })

  it('tells an ended session from a broken line', async () => {
    wire.status = 401
    const { live, seen } = listen()
    live.start()
    await settle()
    expect(seen.states).toEqual(['connecting', 'expired'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wire.fetch).toHaveBeenCalledTimes(1)
  })

  it('takes silence past two heartbeats for a dead line', async () => {
    const { live, seen } = listen()
    live.start()
    await settle()
    wire.connections[0]?.send(': still here\n\n')
    await vi.advanceTimersByTimeAsync(24_000)
    expect(seen.states.at(-1)).toBe('live')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(seen.states).toContain('lost')
    live.stop()
  })

  it('reads the list anew when told to reload, without a word about a lost connection', async () => {
    const { live, seen } = listen()
    live.start()
    await settle()
    wire.connections[0]?.send('id: 99\nevent: reload\ndata: {"cursor":"99"}\n\n')
    await settle()
    wire.connections[0]?.end()
    await vi.advanceTimersByTimeAsync(400)
    expect(seen.gaps).toBe(1)
    expect(seen.states).not.toContain('lost')
    expect(wire.connections[1]?.lastId).toBe('99')
    live.stop()
  })
})
