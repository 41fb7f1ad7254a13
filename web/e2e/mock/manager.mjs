// A manager without an engine: the HTTP API and the built page, for working on the page and for its tests. It answers with the same
// headers as the real one (the Content-Security-Policy above all), and has /mock/* to make things happen.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MockStore } from './store.mjs'

export const TOKEN = 'mock-token'
const DIST = fileURLToPath(new URL('../../dist', import.meta.url))
const HEARTBEAT_MS = 10_000
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

export class MockManager {
  constructor() {
    this.store = new MockStore()
    this.streams = new Set()
    /** What /mock/* has switched on: `fail` a status for every list, `refuse` streams, `delay` in ms, `session` open or not. */
    this.mood = { fail: 0, refuse: false, delay: 0, session: true }
    this.server = createServer((request, response) => this.answer(request, response).catch((error) => this.broken(response, error)))
  }

  /** Listens on a free port of loopback unless told which; answers the page's address. */
  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${this.server.address().port}`
  }

  async stop() {
    this.dropStreams()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  dropStreams() {
    for (const response of this.streams) response.destroy()
  }

  async answer(request, response) {
    const url = new URL(request.url, 'http://mock')
    const send = (status, body, headers = {}) => this.send(response, status, body, headers)
    if (url.pathname.startsWith('/mock/')) return this.command(url, await bodyOf(request), send)
    if (url.pathname === '/login') return this.logIn(send)
    if (url.pathname === '/api/v1/session' && request.method === 'POST') return this.openSession(JSON.parse(await bodyOf(request)), send)
    if (!url.pathname.startsWith('/api/')) return this.file(url.pathname, send)
    if (!this.mood.session || !/podlynx_session=yes/.test(request.headers.cookie ?? '')) {
      return send(401, failure('not_authenticated', 'No valid token or session.', 'Log in; the token is printed at the start.'))
    }
    if (this.mood.delay) await new Promise((resolve) => setTimeout(resolve, this.mood.delay))
    return this.api(request, url, response, send)
  }

  api(request, url, response, send) {
    const { pathname } = url
    if (pathname === '/api/v1/session' && request.method === 'DELETE') return send(204, null, { 'Set-Cookie': cookie('', 0) })
    if (pathname === '/api/v1/session') return send(200, { authenticated: true, method: 'session' })
    if (pathname === '/api/v1/status') return send(200, this.status())
    if (pathname === '/api/v1/alerts') return this.list(url.searchParams, send)
    if (pathname === '/api/v1/alerts/stream') return this.stream(request, response)
    if (pathname === '/api/v1/events/statistics') return this.counts(url.searchParams, send)
    if (pathname === '/api/v1/events/export') return send(200, [...this.store.groups.values()], { 'Content-Disposition': 'attachment' })
    return this.alert(request, pathname, send)
  }

  list(parameters, send) {
    const bad = this.refusal(parameters)
    if (bad) return send(...bad)
    return send(
      200,
      this.store.page({ ...filterOf(parameters), limit: Number(parameters.get('limit') ?? 50), cursor: parameters.get('cursor') }),
    )
  }

  counts(parameters, send) {
    const bad = this.refusal(parameters)
    if (bad) return send(...bad)
    const wanted = { field: parameters.get('field'), top: Number(parameters.get('top') ?? 10), timed: parameters.has('interval') }
    return send(200, this.store.counts(filterOf(parameters), wanted))
  }

  /** What a list or a count is refused with, if it is. */
  refusal(parameters) {
    if (this.mood.fail) return [this.mood.fail, failure('store_busy', 'The event store is busy.', 'It is asked again in a moment.')]
    const bad = /\bcolour:/.exec(parameters.get('query') ?? '')
    if (!bad) return null
    const error = failure('unknown_field', 'There is no field "colour".', 'Fields are sid, ip, port, pod, severity, msg and others.')
    error.error.span = [bad.index, bad.index + 6]
    return [400, error]
  }

  alert(request, pathname, send) {
    const [, id, verb] = /^\/api\/v1\/alerts\/([^/]+)(?:\/(dismiss|restore))?$/.exec(pathname) ?? []
    const known = id && decodeURIComponent(id)
    const missing = failure(
      'not_found',
      `There is no alert with the id '${known}'.`,
      'It may have been forgotten by age or size; reload the list.',
    )
    if (verb && request.method === 'POST') return this.store.mark(known, verb === 'dismiss') ? send(204, null) : send(404, missing)
    const detail = known && this.store.detail(known)
    return detail ? send(200, detail) : send(404, missing)
  }

  stream(request, response) {
    if (this.mood.refuse) return response.destroy()
    response.writeHead(200, { ...this.headers(), 'Content-Type': 'text/event-stream' })
    const write = (row, cursor) => response.write(`id: ${cursor}\nevent: alert\ndata: ${JSON.stringify(row)}\n\n`)
    const after = Number(request.headers['last-event-id'] ?? this.store.cursor)
    response.write(`id: ${after}\n\n`)
    this.store.changes.slice(after).forEach((row, index) => void write(row, after + index + 1))
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS)
    this.store.listeners.add(write)
    this.streams.add(response)
    response.on('close', () => {
      clearInterval(heartbeat)
      this.store.listeners.delete(write)
      this.streams.delete(response)
    })
  }

  /** /mock/clear, /mock/add?sample=N&ago=SECONDS&source=IP, /mock/mood {"fail": 503, …}, /mock/drop, /mock/expire. */
  command(url, body, send) {
    const { searchParams, pathname } = url
    if (pathname === '/mock/clear') {
      this.store.clear()
      this.mood = { fail: 0, refuse: false, delay: 0, session: true }
    } else if (pathname === '/mock/add') {
      const row = this.store.add(Number(searchParams.get('sample') ?? 0), {
        ago: Number(searchParams.get('ago') ?? 0),
        source: searchParams.get('source') ?? undefined,
      })
      return send(200, row)
    } else if (pathname === '/mock/mood') Object.assign(this.mood, JSON.parse(body))
    else if (pathname === '/mock/drop') this.dropStreams()
    else return send(404, failure('not_found', 'The mock knows no such command.', 'See e2e/mock/manager.mjs.'))
    return send(204, null)
  }

  logIn(send) {
    this.mood.session = true
    return send(303, null, { Location: '/', 'Set-Cookie': cookie('yes', 3600) })
  }

  openSession({ token }, send) {
    if (token !== TOKEN) return send(401, failure('wrong_token', 'This is not the token of this manager.', 'It is printed at the start.'))
    this.mood.session = true
    return send(204, null, { 'Set-Cookie': cookie('yes', 3600) })
  }

  status() {
    const monitor = {
      name: 'lo',
      interfaces: ['eth0'],
      packets: 48_210 + this.store.number * 9,
      bytes: 31_400_000,
      dropped: 0,
      events: this.store.number,
    }
    return {
      monitors: [monitor],
      rules: { loaded: 118, refused: 0, source: 'starter rules' },
      version: '0.1.0',
      store: {
        events: this.store.number,
        bytes: 0,
        accepted: this.store.number,
        duplicates: 0,
        trimmed_by_age: 0,
        trimmed_by_size: 0,
        refused_busy: 0,
        timed_out: 0,
      },
      live: { subscribers: this.streams.size, published: 0, refused_full: 0, told_to_reload: 0 },
    }
  }

  file(pathname, send) {
    const name = extname(pathname) ? normalize(pathname) : '/index.html'
    try {
      const body = readFileSync(join(DIST, name))
      return send(200, body, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' })
    } catch {
      return send(404, failure('not_found', 'There is no such file.', 'Run `npm run build` first.'))
    }
  }

  send(response, status, body, headers) {
    const raw = Buffer.isBuffer(body)
    response.writeHead(status, { ...this.headers(), ...(body && !raw && { 'Content-Type': 'application/json' }), ...headers })
    response.end(raw || body === null ? body : JSON.stringify(body))
  }

  headers() {
    return {
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    }
  }

  broken(response, error) {
    console.error(error)
    response.destroy()
  }
}

function filterOf(parameters) {
  return {
    query: parameters.get('query') ?? '',
    severityMin: Number(parameters.get('severity_min') ?? 0),
    dismissed: parameters.get('dismissed') === 'true',
  }
}

function failure(code, message, hint) {
  return { error: { code, message, hint } }
}

function cookie(value, seconds) {
  return `podlynx_session=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
