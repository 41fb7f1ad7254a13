import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { engineEvent } from '../../testing/rows'
import { RuleView } from './RuleView'

afterEach(cleanup)

describe('RuleView', () => {
  it('lists the options that look at traffic, and says where they matched', () => {
    render(<RuleView event={engineEvent()} active={null} onMatch={() => {}} />)
    const options = screen.getAllByRole('listitem').map((item) => item.textContent)
    expect(options).toEqual(['flow:to_server,establishedholds', 'http_header', 'content:"X-CMD:",nocase1http_header 0–5'])
  })

  it('shows the bytes of a match when asked', async () => {
    const onMatch = vi.fn()
    render(<RuleView event={engineEvent()} active={0} onMatch={onMatch} />)
    const match = screen.getByRole('button', { name: /Match 1: http_header, bytes 0–5/, pressed: true })
    await userEvent.click(match)
    expect(onMatch).toHaveBeenCalledWith(0)
  })

  it('keeps a match that fits no option, and a text that is no rule', () => {
    const stray = { option: 'cvs:invalid-entry', keyword: 'cvs', buffer: 'pkt_data', offset: 3, length: 1, bytes: '' }
    render(<RuleView event={engineEvent({ rule_text: 'alert x ( sid:1; )', matches: [stray] })} active={null} onMatch={() => {}} />)
    expect(screen.getByText('cvs:invalid-entry')).toBeTruthy()
    cleanup()
    render(<RuleView event={engineEvent({ rule_text: 'just text' })} active={null} onMatch={() => {}} />)
    expect(screen.getByText('just text')).toBeTruthy()
  })
})
