import { describe, expect, it } from 'vitest'
import type { RuleMatch } from '../../api/types'
import { ruleParts, splitOptions } from './ruleParts'

const match = (option: string, buffer: string): RuleMatch => ({
  option,
  keyword: option.split(':')[0] ?? '',
  buffer,
  offset: 0,
  length: 1,
  bytes: '',
})

describe('splitOptions', () => {
  it.each([
    ['content:"a;b"; sid:1;', ['content:"a;b"', 'sid:1']],
    ['content:"quote\\";"; sid:1;', ['content:"quote\\";"', 'sid:1']],
    ['pcre:"/x\\;y"z/i"; sid:1;', ['pcre:"/x\\;y"z/i"', 'sid:1']],
    ['file_data; content:"|3B|",depth 4 ;', ['file_data', 'content:"|3B|",depth 4']],
    ['', []],
    ['sid:1', ['sid:1']],
  ])('%s', (body, options) => {
    expect(splitOptions(body)).toEqual(options)
  })
})

describe('ruleParts', () => {
  const TEXT =
    'alert tcp any any ->  any 80 ( msg:"m (x)"; flow:established; http_uri; content:"/a"; content:"/b"; http_header:field host; content:!"c"; bufferlen:>5; sid:1; )'

  it('names the buffer that each test looks at', () => {
    const parts = ruleParts(TEXT)?.parts.filter((part) => part.kind === 'test')
    expect(parts?.map((part) => [part.keyword, part.value, part.buffer])).toEqual([
      ['content', '"/a"', 'http_uri'],
      ['content', '"/b"', 'http_uri'],
      ['content', '!"c"', 'http_header'],
      ['bufferlen', '>5', 'http_header'],
    ])
    expect(ruleParts(TEXT)?.header).toBe('alert tcp any any -> any 80')
  })

  it('gives a match to the option with the same words, wherever it stands', () => {
    const parts = ruleParts(TEXT, [match('content:"/b"', 'http_uri'), match('content: "/a"', 'http_uri')])?.parts
    expect(parts?.filter((part) => part.match !== null).map((part) => [part.value, part.match])).toEqual([
      ['"/a"', 1],
      ['"/b"', 0],
    ])
  })

  it('falls back on keyword and buffer where the words differ', () => {
    const parts = ruleParts(TEXT, [match('bufferlen:greater than 5', 'http_header')])?.parts
    expect(parts?.find((part) => part.match === 0)?.keyword).toBe('bufferlen')
  })

  it('shows two equal options with a match each', () => {
    const twice = 'alert tcp any any -> any any ( content:"a"; content:"a"; )'
    const parts = ruleParts(twice, [match('content:"a"', 'pkt_data'), match('content:"a"', 'pkt_data')])?.parts
    expect(parts?.map((part) => part.match)).toEqual([0, 1])
  })

  it.each(['', 'no rule', ') backwards ('])('leaves alone what is no rule: %j', (text) => {
    expect(ruleParts(text)).toBeNull()
  })
})
