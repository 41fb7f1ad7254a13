import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ListState } from './ListState'
import type { Inbox } from './useInbox'

afterEach(cleanup)

const EVERYTHING = { query: '', severityMin: 0, dismissed: false }

function show(change: Partial<Inbox>) {
  const inbox = { list: { error: null, isPending: false }, loaded: true, seesNothing: false, connection: { state: 'live' }, ...change }
  render(<ListState inbox={inbox as unknown as Inbox} filter={EVERYTHING} onChange={() => {}} />)
}

describe('ListState', () => {
  it('promises alerts to who may see some', () => {
    show({})
    expect(screen.getByText(/Connected and watching/)).toBeTruthy()
  })

  it('tells who may see no namespace which role to ask for, and asks again', async () => {
    const reload = vi.fn()
    show({ seesNothing: true, reload })
    expect(screen.queryByText(/No alerts yet/)).toBeNull()
    expect(screen.getByText('podlynx-viewer')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Ask again' }))
    expect(reload).toHaveBeenCalledOnce()
  })
})
