// What the page shows when something is missing or broken. Only the mock can be broken on purpose.
import { isReal, mock, refill } from './manager'
import { expect, test } from './screen'

test.skip(isReal, 'the real manager is not broken on purpose')

test('no alerts: says that it is watching, and what to try', async ({ alerts, page }) => {
  await alerts.open()
  await expect(page.getByRole('heading', { name: 'No alerts yet' })).toBeVisible()
  await expect(page.getByText(/curl .*secid_canceltoken/)).toBeVisible()
  await alerts.expectAccessible()
  await mock('add?sample=0')
  await expect(alerts.rows).toHaveCount(1)
})

test('loading: a skeleton, then the list', async ({ alerts, page }) => {
  await refill(3)
  await mock('mood', { delay: 700 })
  await alerts.page.goto('about:blank')
  const opened = alerts.open()
  await expect(page.getByRole('status', { name: 'Loading the alerts' })).toBeVisible()
  await opened
  await expect(alerts.rows).toHaveCount(3)
})

test('the store fails: says what, and recovers by itself', async ({ alerts, page }) => {
  await refill(1)
  await mock('mood', { fail: 503 })
  await page.goto(new URL('/', process.env.PODLYNX_MOCK).href)
  await expect(page.getByRole('alert', { name: 'The alerts could not be read' })).toContainText('The event store is busy.')
  await alerts.expectAccessible()
  await mock('mood', { fail: 0 })
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(alerts.rows).toHaveCount(1)
})

test('the connection breaks: counts down, keeps the list, misses nothing', async ({ alerts, page }) => {
  await refill(2)
  await alerts.open()
  await mock('mood', { refuse: true })
  await mock('drop')
  await expect(page.getByText('Connection lost.')).toBeVisible()
  await expect(page.getByText(/Next try in \d+ s/)).toBeVisible()
  await expect(alerts.rows).toHaveCount(2)
  await alerts.expectAccessible()
  await mock('add?sample=0&source=192.0.2.9')
  await mock('mood', { refuse: false })
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByText('Connection lost.')).toBeHidden()
  await expect(alerts.rows).toHaveCount(3)
})

test('the session ends: asks for the token, and goes back to where it was', async ({ alerts, page }) => {
  await refill(2)
  await alerts.open('?severity_min=90')
  await mock('mood', { session: false })
  await mock('drop')
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await alerts.expectAccessible()
  await page.getByLabel('Access token').fill('wrong')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('This token is not valid.')
  await page.getByLabel('Access token').fill('mock-token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(/severity_min=90/)
  await expect(alerts.rows.first()).toBeVisible()
})

test('further down, new alerts wait until asked for', async ({ alerts, page }) => {
  await refill(60)
  await alerts.open()
  await alerts.grid.evaluate((grid) => grid.scrollTo(0, 800))
  const first = await alerts.rows.first().getAttribute('data-alert')
  await expect(alerts.grid).toBeVisible()
  for (const host of [1, 2, 3]) await mock(`add?sample=0&source=192.0.2.${host}`)
  await expect(page.getByRole('button', { name: '3 new' })).toBeVisible()
  expect(await alerts.rows.first().getAttribute('data-alert')).toBe(first)
  await page.getByRole('button', { name: '3 new' }).click()
  await expect(alerts.rows.first()).toContainText('192.0.2.3')
})

test('older alerts are fetched while scrolling', async ({ alerts, page }) => {
  await refill(120)
  await alerts.open()
  await expect(page.getByText('120 alerts')).toBeVisible()
  await expect(async () => {
    await alerts.grid.evaluate((grid) => grid.scrollTo(0, grid.scrollHeight))
    await expect(alerts.grid.locator('[aria-rowindex="121"]')).toBeVisible({ timeout: 500 })
  }).toPass()
})

test('a narrowed list takes in live only what belongs there', async ({ alerts }) => {
  await alerts.open('?severity_min=90')
  await mock('add?sample=4')
  await mock('add?sample=0')
  await expect(alerts.rows).toHaveCount(1)
  await expect(alerts.rows.first()).toContainText('Critical')
})

test('a text query is asked again when something arrives', async ({ alerts }) => {
  await alerts.open('?query=nikto')
  await mock('add?sample=0')
  await mock('add?sample=4')
  await expect(alerts.rows).toHaveCount(1)
  await expect(alerts.rows.first()).toContainText('Nikto')
})

test('the highlight of a new alert does not move for who wants no motion', async ({ alerts, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await alerts.open()
  await mock('add?sample=0')
  const mark = alerts.rows.first().locator('[aria-hidden="true"]').first()
  await expect(mark).toHaveCSS('animation-timing-function', 'steps(1)')
  await expect(mark).toHaveCSS('width', '3px')
})

test('an open alert that happens again offers the latest', async ({ alerts, page }) => {
  await mock('add?sample=0')
  await alerts.open()
  await alerts.rows.first().click()
  await expect(alerts.panel.getByRole('heading', { level: 2 })).toBeVisible()
  await mock('add?sample=0')
  await alerts.panel.getByRole('button', { name: /happened again/ }).click()
  await expect(alerts.panel.getByText('Seen 2 times')).toBeVisible()
  await expect(page).toHaveURL(/_2$/)
})
