import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it } from 'vitest'
import { ExportMenu } from './ExportMenu'

afterEach(cleanup)

describe('ExportMenu', () => {
  it('leads to a file of what is listed, in three formats', async () => {
    render(<ExportMenu filter={{ query: 'sid:1 ns:"a b"', severityMin: 70, dismissed: true }} />)
    await userEvent.click(screen.getByRole('button', { name: 'Export' }))
    const links = await screen.findAllByRole<HTMLAnchorElement>('menuitem')
    const asked = links.map((link) => Object.fromEntries(new URL(link.href).searchParams))
    const narrowed = { query: 'sid:1 ns:"a b"', severity_min: '70', dismissed: 'true' }
    expect(asked).toEqual(['ndjson', 'csv', 'pcapng'].map((format) => ({ format, ...narrowed })))
    expect(links.every((link) => link.hasAttribute('download') && new URL(link.href).pathname === '/api/v1/events/export')).toBe(true)
  })
})
