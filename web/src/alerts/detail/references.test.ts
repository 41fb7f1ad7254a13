import { describe, expect, it } from 'vitest'
import { referenceOf } from './references'

describe('referenceOf', () => {
  it.each([
    ['cve,2021-44228', 'CVE-2021-44228', 'https://www.cve.org/CVERecord?id=CVE-2021-44228'],
    ['url,example.org/a?b=c', 'example.org/a?b=c', 'http://example.org/a?b=c'],
    ['url,https://example.org/', 'https://example.org/', 'https://example.org/'],
    ['url,javascript:alert(1)', 'javascript:alert(1)', null],
    ['cve,2021-1"onload', 'CVE-2021-1"onload', null],
    ['bugtraq,1234', 'bugtraq 1234', null],
    ['nonsense', 'nonsense', null],
  ])('%s', (reference, text, href) => {
    expect(referenceOf(reference)).toEqual({ text, href })
  })
})
