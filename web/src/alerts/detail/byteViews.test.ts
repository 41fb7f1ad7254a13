import { describe, expect, it } from 'vitest'
import { base64, engineEvent } from '../../testing/rows'
import { bestView, byteViews } from './byteViews'

const marks = (id: string, event = engineEvent()) => byteViews(event).views.find((view) => view.id === id)?.marks

describe('byteViews', () => {
  it('marks the matched bytes in their buffer, and finds them again in the payload', () => {
    expect(marks('http_header')).toEqual([{ start: 0, end: 6, match: 0 }])
    expect(marks('payload')).toEqual([{ start: 16, end: 22, match: 0 }])
  })

  it('counts from where the kept part of a buffer begins', () => {
    const event = engineEvent({
      buffers: { http_header: base64('abcX-CMD:') },
      buffer_offsets: { http_header: 5000 },
      matches: [
        { option: 'content:"X-CMD:"', keyword: 'content', buffer: 'http_header', offset: 5003, length: 6, bytes: base64('X-CMD:') },
      ],
    })
    expect(marks('http_header', event)).toEqual([{ start: 3, end: 9, match: 0 }])
    expect(byteViews(event).views[0]?.note).toContain('from byte 5000 on')
  })

  it('marks only what is there of a match that reaches past the kept bytes', () => {
    const event = engineEvent({ buffers: { http_header: base64('X-C') } })
    expect(marks('http_header', event)).toEqual([{ start: 0, end: 3, match: 0 }])
  })

  it('shows the rest when one buffer is damaged, and says which', () => {
    const { views, broken } = byteViews(engineEvent({ buffers: { http_header: '%%%', http_uri: base64('/') } }))
    expect(broken).toEqual(['http_header'])
    expect(views.find((view) => view.id === 'http_uri')?.bytes).toHaveLength(1)
  })

  it('does not show the payload twice when the buffer is all of it', () => {
    const event = engineEvent({ buffers: { pkt_data: base64('abc') }, buffer_offsets: {}, payload: base64('abc') })
    expect(byteViews(event).views.map((view) => view.id)).toEqual(['pkt_data'])
  })

  it('begins with the view that shows most', () => {
    const two = engineEvent().matches.concat({
      option: 'content:"GET"',
      keyword: 'content',
      buffer: 'http_method',
      offset: 0,
      length: 3,
      bytes: base64('GET'),
    })
    expect(bestView(byteViews(engineEvent({ matches: two })).views)).toBe('payload')
    expect(bestView([])).toBe('')
  })
})
