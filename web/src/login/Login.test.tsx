import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sessionOptions } from '../api/session'
import { Login } from './Login'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function show(status: number, body: unknown = {}, expired = false, provider = '') {
  const client = new QueryClient()
  const sent: unknown[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.url.endsWith('/session/ways')) return Response.json({ oidc: provider })
    sent.push(await request.json())
    return new Response(status === 204 ? null : JSON.stringify(body), { status })
  })
  render(
    <QueryClientProvider client={client}>
      <Login expired={expired} />
    </QueryClientProvider>,
  )
  return { client, sent }
}

const signIn = async (token: string) => {
  await userEvent.type(screen.getByLabelText('Access token'), token)
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
}

describe('Login', () => {
  it('opens the session with the token, blanks around it or not', async () => {
    const { client, sent } = show(204)
    await signIn('  secret ')
    await vi.waitFor(() => expect(client.getQueryData(sessionOptions.queryKey)).toBe('open'))
    expect(sent).toEqual([{ token: 'secret' }])
  })

  it.each([
    [401, {}, 'This token is not valid.'],
    [
      429,
      { error: { code: 'too_many_attempts', message: 'Too many failed log-ins.', hint: 'Try again in 9 seconds.' } },
      'Try again in 9 seconds.',
    ],
    [502, '<html>', 'The manager answered with status 502.'],
  ])('says what is wrong with status %i', async (status, body, text) => {
    show(status, body)
    await signIn('x')
    expect((await screen.findByRole('alert')).textContent).toContain(text)
  })

  it('asks for a token before it asks the manager', async () => {
    const { sent } = show(204)
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(screen.getByRole('alert').textContent).toContain('The token is empty.')
    expect(sent).toEqual([])
  })

  it('offers the way by the provider, and comes back to where one was', async () => {
    window.history.replaceState(null, '', '/alerts/x?query=sid:1')
    show(204, {}, false, 'Keycloak')
    const way = await screen.findByRole('link', { name: 'Log in with Keycloak' })
    expect(way.getAttribute('href')).toBe('/login/oidc?place=%2Falerts%2Fx%3Fquery%3Dsid%3A1')
  })

  it('explains why it is there when a session has ended', () => {
    show(204, {}, true)
    expect(screen.getByRole('status').textContent).toContain('Your session has ended')
  })
})
