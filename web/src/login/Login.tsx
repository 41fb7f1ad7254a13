// The way in for who comes without the one-time link: the access token that the manager printed at its start.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { ApiFailure, isExpired } from '../api/failure'
import { loginWaysOptions, openSession, sessionOptions } from '../api/session'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'
import { Logo } from '../app/Logo'
import styles from './Login.module.css'

export function Login({ expired }: { expired: boolean }) {
  const { token, setToken, failure, busy, submit } = useLogin()
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => {
    document.title = 'Sign in · Podlynx'
    field.current?.focus()
  }, [])
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit} aria-labelledby={`${id}-title`}>
        <span className={styles.mark}>
          <Logo size={36} />
        </span>
        <h1 id={`${id}-title`} className={styles.title}>
          Sign in to Podlynx
        </h1>
        {expired && !failure && (
          <p className={styles.expired} role="status">
            Your session has ended. Sign in again and you are back where you were.
          </p>
        )}
        <Provider />
        <label className={styles.label} htmlFor={`${id}-token`}>
          Access token
        </label>
        <input
          ref={field}
          id={`${id}-token`}
          className={styles.field}
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          maxLength={4096}
          value={token}
          aria-invalid={failure ? true : undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => setToken(event.target.value)}
        />
        {failure && (
          <p className={styles.failure} role="alert">
            <Icon name="warning" />
            <span>
              {failure.message} {failure.hint}
            </span>
          </p>
        )}
        <button type="submit" className={`${controls.button} ${controls.primary} ${styles.submit}`} disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p id={`${id}-help`} className={styles.help}>
          <code>podlynx demo</code> and <code>podlynx manager</code> print a one-time login link and the token when they start. In a cluster
          your own token opens it, with your own rights: <code>kubectl create token NAME</code>.
        </p>
      </form>
    </main>
  )
}

/** The way by an OIDC provider, where the manager knows one. It comes back to the address that is open now. */
function Provider() {
  const { data: name } = useQuery(loginWaysOptions)
  if (!name) return null
  const place = encodeURIComponent(window.location.pathname + window.location.search)
  return (
    <a className={`${controls.button} ${controls.primary} ${styles.provider}`} href={`/login/oidc?place=${place}`}>
      Log in with {name}
    </a>
  )
}

function useLogin() {
  const client = useQueryClient()
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState<Pick<ApiFailure, 'message' | 'hint'> | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const typed = token.trim()
    if (typed === '') return setFailure({ message: 'The token is empty.', hint: 'Paste the one that the manager printed.' })
    setBusy(true)
    try {
      await openSession(typed)
      client.setQueryData(sessionOptions.queryKey, 'open')
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
    } catch (error) {
      setFailure(explain(error))
      setBusy(false)
    }
  }
  return { token, setToken, failure, busy, submit }
}

function explain(error: unknown): Pick<ApiFailure, 'message' | 'hint'> {
  if (isExpired(error))
    return { message: 'This token is not valid.', hint: 'A manager that was started anew has a new one: look at what it printed.' }
  if (error instanceof ApiFailure) return error
  return { message: String(error), hint: '' }
}
