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
    await userEvent.type(screen.getByRole('combobox'), ' sid:1 {Enter}')
    expect(onQuery).toHaveBeenCalledWith('sid:1')
  })

  it('searches after a pause in typing, once', async () => {
    const { onQuery } = show()
    await userEvent.type(screen.getByRole('combobox'), 'log4j')
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
    expect(screen.getByRole('combobox').getAttribute('aria-invalid')).toBe('true')
  })

  it('clears with Esc, and leaves with a second one', async () => {
    const { onQuery, onLeave } = show({ value: 'sid:1' })
    const field = screen.getByRole('combobox')
    await userEvent.type(field, '{Escape}')
    expect(onQuery).toHaveBeenCalledWith('')
    await userEvent.type(field, '{Escape}')
    expect(onLeave).toHaveBeenCalled()
  })

  it('offers the names of fields, and takes the one that is chosen', async () => {
    show()
    const field = screen.getByRole<HTMLInputElement>('combobox')
    await userEvent.type(field, 'sid:1 se')
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
      expect.stringContaining('severity:'),
      expect.stringContaining('service:'),
    ])
    await userEvent.keyboard('{ArrowDown}{ArrowDown}')
    const chosen = screen.getByRole('option', { selected: true })
    expect(chosen.textContent).toContain('service:')
    expect(field.getAttribute('aria-activedescendant')).toBe(chosen.id)
    await userEvent.keyboard('{Enter}')
    expect(field.value).toBe('sid:1 service:')
    expect(screen.queryByRole('listbox')).toBeNull()
  })

  it('takes a name by a click, and searches with Enter where none is chosen', async () => {
    const { onQuery } = show()
    await userEvent.type(screen.getByRole('combobox'), 'po')
    await userEvent.click(screen.getByRole('option', { name: /pod/ }))
    await userEvent.keyboard('frontend no{Enter}')
    expect(onQuery).toHaveBeenCalledWith('pod:frontend no')
  })

  it('closes the list with Esc first', async () => {
    const { onQuery } = show()
    await userEvent.type(screen.getByRole('combobox'), 'po{Escape}')
    expect(screen.queryByRole('listbox')).toBeNull()
    expect(screen.getByRole<HTMLInputElement>('combobox').value).toBe('po')
    expect(onQuery).not.toHaveBeenCalledWith('')
  })

  it('marks the right character behind an emoji', () => {
    const mistake = failureOf(400, { error: { code: 'x', message: 'No.', hint: 'Yes.', span: [2, 5] } })
    show({ value: '\u{1F600} abc', mistake })
    expect(document.querySelector('mark')?.textContent).toBe('abc')
  })
})
