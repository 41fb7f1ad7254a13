import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Overview } from './Overview'

const HOUR = 3600
const START = 1_769_853_600

afterEach(() => {
  cleanup()
  localStorage.clear()
  vi.unstubAllGlobals()
})

function counts(url: URL) {
  const isTime = url.searchParams.has('interval')
  return {
    total: 7,
    interval: isTime ? HOUR : null,
    times: isTime ? [5, 0, 2].map((count, index) => ({ start: START + index * HOUR, count })) : [],
    values: isTime ? [{ value: 'say "hi"', count: 5, times: [5, 0, 0] }] : [{ value: 'shop', count: 4, times: [] }],
    other: 0,
    without: 0,
  }
}

function show({ query = '', answer = (url: URL) => Response.json(counts(url)) } = {}) {
  const asked: URL[] = []
  const fetched = vi.fn(async (request: Request) => {
    const url = new URL(request.url)
    asked.push(url)
    return answer(url)
  })
  vi.stubGlobal('fetch', fetched)
  const onQuery = vi.fn()
  const client = new QueryClient()
  render(
    <QueryClientProvider client={client}>
      <Overview filter={{ query, severityMin: 70, dismissed: false }} onQuery={onQuery} />
    </QueryClientProvider>,
  )
  return { onQuery, asked }
}

describe('Overview', () => {
  it('counts what the list is narrowed to', async () => {
    const { asked } = show({ query: 'sid:1' })
    await screen.findByText('7 events')
    expect(asked.map((url) => url.pathname)).toEqual(['/api/v1/events/statistics', '/api/v1/events/statistics'])
    expect(asked[0]?.searchParams.get('query')).toBe('sid:1')
    expect(asked[0]?.searchParams.get('severity_min')).toBe('70')
  })

  it('narrows to the interval of a bar', async () => {
    const { onQuery } = show({ query: 'sid:1 time:>now-7d' })
    await userEvent.click(await screen.findByRole('button', { name: /^5 events, / }))
    expect(onQuery).toHaveBeenCalledWith('sid:1 time:[2026-01-31T10:00:00Z TO 2026-01-31T11:00:00Z}')
  })

  it('is one stop of the Tab key, with arrow keys from bar to bar', async () => {
    show()
    const bars = within(await screen.findByRole('toolbar', { name: 'Events over time' })).getAllByRole('button')
    expect(bars.map((bar) => bar.tabIndex)).toEqual([-1, 0])
    bars[1]?.focus()
    await userEvent.keyboard('{ArrowLeft}')
    expect(document.activeElement).toBe(bars[0])
    expect(bars.map((bar) => bar.tabIndex)).toEqual([0, -1])
  })

  it('narrows to a rule or a namespace', async () => {
    const { onQuery } = show({ query: 'a OR b' })
    await userEvent.click(await screen.findByRole('button', { name: /say "hi"/ }))
    expect(onQuery).toHaveBeenLastCalledWith('(a OR b) msg:"say \\"hi\\""')
    await userEvent.click(await screen.findByRole('button', { name: /shop/ }))
    expect(onQuery).toHaveBeenLastCalledWith('(a OR b) ns:"shop"')
  })

  it('leads back to all times', async () => {
    const { onQuery } = show({ query: 'sid:1 time:[2026-01-31T10:00:00Z TO 2026-01-31T11:00:00Z}' })
    await userEvent.click(await screen.findByRole('button', { name: 'All times' }))
    expect(onQuery).toHaveBeenCalledWith('sid:1')
  })

  it('leads back to all times where nothing is left, too', async () => {
    const none = { total: 0, interval: null, times: [], values: [], other: 0, without: 0 }
    show({ query: 'time:>now-1h', answer: () => Response.json(none) })
    expect(await screen.findByRole('button', { name: 'All times' })).toBeTruthy()
    expect(screen.queryByRole('toolbar')).toBeNull()
  })

  it('stays closed, and asks for nothing then', async () => {
    show()
    await userEvent.click(screen.getByRole('button', { name: 'Overview', expanded: true }))
    cleanup()
    const { asked } = show()
    expect(screen.getByRole('button', { name: 'Overview' }).getAttribute('aria-expanded')).toBe('false')
    expect(asked).toEqual([])
  })

  it('leaves what is wrong to the list', async () => {
    const { asked } = show({ answer: () => Response.json({ error: { code: 'x', message: 'x', hint: 'x' } }, { status: 400 }) })
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0))
    expect(screen.queryByRole('toolbar')).toBeNull()
  })
})
