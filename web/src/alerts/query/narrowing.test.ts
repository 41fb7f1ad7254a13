import { describe, expect, it } from 'vitest'
import { equals, hasTime, narrowed, within, withoutTime } from './narrowing'

describe('narrowed', () => {
  it.each([
    ['', 'sid:1', 'sid:1'],
    ['log4j', 'sid:1', 'log4j sid:1'],
    ['a OR b', 'sid:1', '(a OR b) sid:1'],
    ['sid:1', 'sid:1', 'sid:1'],
    ['a sid:1', 'sid:1', 'a sid:1'],
  ])('%j and %j', (query, condition, expected) => expect(narrowed(query, condition)).toBe(expected))
})

describe('within', () => {
  const range = 'time:[2026-01-31T10:00:00Z TO 2026-01-31T11:00:00Z}'

  it('adds a range of time', () => expect(within('sid:1', 1769853600, 1769857200)).toBe(`sid:1 ${range}`))

  it('takes the place of the one before', () => {
    expect(within(`sid:1 time:[now-1d TO now] ns:a`, 1769853600, 1769857200)).toBe(`sid:1 ns:a ${range}`)
    expect(within(range, 1769853600, 1769857200)).toBe(range)
  })

  it('is found and taken away again', () => {
    expect([hasTime(`a ${range}`), hasTime('a')]).toEqual([true, false])
    expect(withoutTime(`(a OR b) ${range}`)).toBe('(a OR b)')
    expect(withoutTime('sid:1 time:>now-7d ns:a')).toBe('sid:1 ns:a')
    expect(withoutTime('a NOT time:2026-01-31')).toBe('a')
    expect(withoutTime('a OR time:>now-7d')).toBe('a OR time:>now-7d')
    expect(withoutTime('xtime:1 overtime')).toBe('xtime:1 overtime')
  })
})

describe('equals', () => {
  it('quotes what it has to', () => expect(equals('msg', 'say "hi" \\ bye')).toBe('msg:"say \\"hi\\" \\\\ bye"'))
})
