import { describe, expect, it } from 'vitest'
import { BadBase64, find, fromBase64, hexText, pcapOf, printableText } from './bytes'

const text = (value: string) => new TextEncoder().encode(value)

describe('bytes', () => {
  it('reads base64, and says so when it is none', () => {
    expect(hexText(fromBase64('AAH/'))).toBe('00 01 ff')
    expect(() => fromBase64('%')).toThrow(BadBase64)
  })

  it('shows what cannot be printed as a dot', () => {
    expect(printableText(text('a\r\n~'))).toBe('a··~')
  })

  it.each([
    ['aab', 'ab', 1],
    ['abc', '', -1],
    ['ab', 'abc', -1],
    ['abab', 'ab', 0],
  ])('finds in %s the bytes %s at %i', (bytes, needle, at) => {
    expect(find(text(bytes), text(needle))).toBe(at)
  })

  it('writes a capture of one packet that says its length twice', async () => {
    const file = new DataView(await pcapOf(new Uint8Array([1, 2, 3]), 1, 1764000000, 5).arrayBuffer())
    expect(file.byteLength).toBe(43)
    expect(file.getUint32(0, true)).toBe(0xa1b23c4d)
    expect([file.getUint32(20, true), file.getUint32(24, true), file.getUint32(32, true), file.getUint32(36, true)]).toEqual([
      1, 1764000000, 3, 3,
    ])
  })
})
