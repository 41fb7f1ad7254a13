// What went wrong, in the manager's one error shape: {"error": {"code", "message", "hint", "span"?}}.

export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
    /** Where in the query text the mistake stands: [start, end) in characters. */
    readonly span: readonly [number, number] | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'ApiFailure'
  }
}

/** The answer's body need not be ours (a proxy in between answers in HTML), so every field is checked. */
export function failureOf(status: number, body: unknown): ApiFailure {
  const error = field(body, 'error')
  const code = text(field(error, 'code')) ?? `http_${status}`
  const message = text(field(error, 'message')) ?? `The manager answered with status ${status}.`
  const hint = text(field(error, 'hint')) ?? 'Its log says more: look there for the time of this request.'
  return new ApiFailure(status, code, message, hint, spanOf(field(error, 'span')))
}

export function unreachable(cause?: unknown): ApiFailure {
  return new ApiFailure(
    0,
    'unreachable',
    'The manager does not answer.',
    'Is `podlynx manager` (or `podlynx demo`) still running? This page tries again by itself.',
    null,
    { cause },
  )
}

export function isExpired(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 401
}

export function isQueryMistake(error: unknown): error is ApiFailure {
  return error instanceof ApiFailure && error.status === 400
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function spanOf(value: unknown): readonly [number, number] | null {
  const [start, end] = Array.isArray(value) ? value : [field(value, 'start'), field(value, 'end')]
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start ? [start, end] : null
}
