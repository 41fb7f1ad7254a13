import { describe, expect, it } from 'vitest'
import { failureOf } from './failure'

describe('failureOf', () => {
  it('takes code, message, hint and the place of the mistake from the answer', () => {
    const failure = failureOf(400, { error: { code: 'unknown_field', message: 'No field "x".', hint: 'Try ip.', span: [3, 4] } })
    expect(failure).toMatchObject({ code: 'unknown_field', message: 'No field "x".', hint: 'Try ip.', span: [3, 4] })
  })

  it.each([['<html>Bad gateway</html>'], [null], [undefined], [{ error: 'text' }], [{ error: { message: 5 } }]])(
    'says something useful about an answer that is not ours: %j',
    (body) => {
      expect(failureOf(502, body)).toMatchObject({ code: 'http_502', message: 'The manager answered with status 502.', span: null })
    },
  )

  it.each([[[-1, 3]], [[5, 2]], [['a', 'b']], [[1]], ['12']])('ignores a place that makes no sense: %j', (span) => {
    expect(failureOf(400, { error: { code: 'c', message: 'm', span } }).span).toBeNull()
  })
})
