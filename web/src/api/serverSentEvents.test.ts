import { describe, expect, it } from 'vitest'
import { EVENT_CAP, EventParser, OversizedEvent } from './serverSentEvents'

const STREAM = 'id: 7\n\n: still here\n\nid: 8\nevent: alert\ndata: {"a":\ndata: 1}\n\nevent: reload\r\nid: 9\r\ndata:x\r\n\r\n'

describe('EventParser', () => {
  it.each([1, 2, 5, 1000])('reads the same events from pieces of %i characters', (size) => {
    const parser = new EventParser()
    const events = []
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)))
    expect(events).toEqual([
      { type: 'alert', data: '{"a":\n1}' },
      { type: 'reload', data: 'x' },
    ])
    expect(parser.lastId).toBe('9')
  })

  it('keeps the id of a block without data', () => {
    const parser = new EventParser()
    expect(parser.push('id: 42\n\n')).toEqual([])
    expect(parser.lastId).toBe('42')
  })

  it('gives up on an event that never ends', () => {
    const parser = new EventParser()
    expect(() => parser.push(`data: ${'x'.repeat(EVENT_CAP + 1)}`)).toThrow(OversizedEvent)
  })
})
