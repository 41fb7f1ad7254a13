import { fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { ExceptedNote } from './ExceptedNote'

test('says how many are hidden, and asks for them', () => {
  const onChange = vi.fn()
  render(<ExceptedNote hidden={1200} shown={false} onChange={onChange} />)
  expect(screen.getByRole('status').textContent).toContain('1,200 alerts are hidden by exceptions.')
  fireEvent.click(screen.getByRole('button', { name: 'Show them' }))
  expect(onChange).toHaveBeenCalledWith({ excepted: true })
})

test('says that they are shown, and hides them again', () => {
  const onChange = vi.fn()
  render(<ExceptedNote hidden={0} shown onChange={onChange} />)
  fireEvent.click(screen.getByRole('button', { name: 'Hide them' }))
  expect(onChange).toHaveBeenCalledWith({ excepted: undefined })
})

test('is not there where nothing is hidden', () => {
  const { container } = render(<ExceptedNote hidden={0} shown={false} onChange={() => undefined} />)
  expect(container.childElementCount).toBe(0)
})
