// What a person meets who logs in by Keycloak: its page, then ours with what their groups may see, and the way out of both.
import { expect, type Page, test } from '@playwright/test'

const PAGE = process.env.PODLYNX_PAGE ?? ''
const PASSWORD = process.env.PODLYNX_PASSWORD ?? ''

async function logIn(page: Page, name: string, password = PASSWORD): Promise<URL> {
  await page.goto(PAGE)
  const asked = page.waitForRequest((request) => request.url().includes('/protocol/openid-connect/auth'))
  await page.getByRole('link', { name: 'Log in with Keycloak' }).click()
  await page.getByLabel('Username or email').fill(name)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign In' }).click()
  return new URL((await asked).url())
}

const seen = (page: Page) =>
  page.evaluate(async () => {
    const answer = await fetch('/api/v1/alerts')
    const body = await answer.json()
    return { status: answer.status, sids: body.items?.map((row: { rule: { sid: number } }) => row.rule.sid).sort() }
  })

for (const { name, sids } of [
  { name: 'alice', sids: [1, 2] },
  { name: 'bob', sids: [1] },
])
  test(`${name} logs in with a code and PKCE, and sees what their groups may see`, async ({ page }) => {
    const asked = await logIn(page, name)
    await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
    expect(asked.searchParams.get('response_type')).toBe('code')
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256')
    expect(await seen(page)).toEqual({ status: 200, sids })
    const session = await page.evaluate(async () => (await fetch('/api/v1/session')).json())
    expect(session).toMatchObject({ authenticated: true, user: `${name}@example.com`, by: 'oidc' })
    const cookie = (await page.context().cookies(PAGE)).find((each) => each.name.includes('session'))
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  })

test('who is in no group is let in, and sees nothing', async ({ page }) => {
  await logIn(page, 'carol')
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
  const { sids } = await seen(page)
  expect(sids ?? []).toEqual([])
})

test('a wrong password is refused by Keycloak, and opens nothing here', async ({ page }) => {
  await logIn(page, 'alice', 'wrong')
  await expect(page.getByText('Invalid username or password.')).toBeVisible()
  await page.goto(PAGE)
  await expect(page.getByRole('link', { name: 'Log in with Keycloak' })).toBeVisible()
})

test('signing out ends both sessions: the next log-in asks for the password again', async ({ page }) => {
  await logIn(page, 'alice')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/protocol\/openid-connect\/logout/)
  await page.getByRole('button', { name: 'Logout' }).click()
  await page.goto(PAGE)
  await page.getByRole('link', { name: 'Log in with Keycloak' }).click()
  await expect(page.getByLabel('Username or email')).toBeVisible()
})
