import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createRef } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../api/failure'
import { QueryBox } from './QueryBox'

afterEach(cleanup)

function show(change: Partial<Parameters<typeof QueryBox>[0]> = {}) {
  const props = { value: '', mistake: null, field: createRef<HTMLInputElement>(), onQuery: vi.fn(), onLeave: vi.fn(), ...change }
  render(<QueryBox {...props} />)
  return props
}

describe('QueryBox', () => {
  it('searches at once with Enter', async () => {
    const { onQuery } = show()
    await userEvent.type(screen.getByRole('textbox'), ' sid:1 {Enter}')
    expect(onQuery).toHaveBeenCalledWith('sid:1')
  })

  it('searches after a pause in typing, once', async () => {
    const { onQuery } = show()
    await userEvent.type(screen.getByRole('textbox'), 'log4j')
    expect(onQuery).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(onQuery).toHaveBeenCalledTimes(1))
    expect(onQuery).toHaveBeenCalledWith('log4j')
  })

  it('marks the part of the query that cannot be read, with the reason and the mend', () => {
    const mistake = failureOf(400, {
      error: { code: 'unknown_field', message: 'There is no field "colour".', hint: 'Try ip.', span: [9, 15] },
    })
    show({ value: 'sid:1 OR colour:red', mistake })
    expect(screen.getByRole('alert').textContent).toContain('There is no field "colour". Try ip.')
    expect(document.querySelector('mark')?.textContent).toBe('colour')
    expect(screen.getByRole('textbox').getAttribute('aria-invalid')).toBe('true')
  })

  it('clears with Esc, and leaves with a second one', async () => {
    const { onQuery, onLeave } = show({ value: 'sid:1' })
    const field = screen.getByRole('textbox')
    await userEvent.type(field, '{Escape}')
    expect(onQuery).toHaveBeenCalledWith('')
    await userEvent.type(field, '{Escape}')
    expect(onLeave).toHaveBeenCalled()
  })
})
