import { describe, expect, it } from 'vitest'
import { completed, completionAt } from './completion'

const names = (text: string, caret = text.length) => completionAt(text, caret)?.suggestions.map(({ name }) => name) ?? null

describe('completionAt', () => {
  it.each([
    ['si', ['sid']],
    ['SE', ['severity', 'service']],
    ['n', ['name', 'namespace', 'node']],
    ['ns', ['ns']],
    ['sid:1 AND pri', ['priority']],
    ['(dest_p', ['dest_port']],
    ['-po', ['port', 'pod']],
    ['@i', ['@ip']],
  ])('%s', (text, expected) => expect(names(text)).toEqual(expected))

  it.each(['', 'sid:', 'sid:1', 'zzz', 'ip:10.0.0.1 ', '"a quoted sid', 'path/sid', '10'])('offers nothing behind %j', (text) =>
    expect(names(text)).toBeNull(),
  )

  it('offers nothing in the middle of a word', () => expect(names('side', 2)).toBeNull())

  it('offers no more than fit', () => expect(names('s')?.length).toBeLessThanOrEqual(7))
})

describe('completed', () => {
  it('replaces the word and stands behind the colon', () => {
    const text = 'sid:1 AND po ip:1.2.3.4'
    const completion = completionAt(text, 12)
    expect(completion && completed(text, completion, 'pod')).toEqual({ text: 'sid:1 AND pod: ip:1.2.3.4', caret: 14 })
  })
})
