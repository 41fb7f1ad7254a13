import { describe, expect, it } from 'vitest'
import { address, byteSize, millis, shortTime } from './format'

describe('format', () => {
  it.each([
    ['10.0.0.1', 80, '10.0.0.1:80'],
    ['2001:db8::1', 80, '[2001:db8::1]:80'],
    ['2001:db8::1', null, '2001:db8::1'],
    ['10.0.0.1', null, '10.0.0.1'],
  ])('address %s port %s is %s', (ip, port, text) => {
    expect(address({ ip, port })).toBe(text)
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1_234_567, '1.23 MB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(byteSize(bytes)).toBe(text)
  })

  it('reads nanoseconds without losing the milliseconds', () => {
    expect(millis('1764000000123456789')).toBe(1764000000123)
    expect(millis('not a time')).toBeNaN()
  })

  it('names the day only when it is another one', () => {
    const now = new Date(2026, 10, 25, 12, 0, 0).getTime()
    expect(shortTime(new Date(2026, 10, 25, 9, 5, 7).getTime(), now)).toEqual({ day: null, clock: '09:05:07' })
    expect(shortTime(new Date(2026, 10, 24, 23, 59, 59).getTime(), now)).toEqual({ day: '24 Nov', clock: '23:59:59' })
  })
})
