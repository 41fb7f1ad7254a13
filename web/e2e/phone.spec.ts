// The page on a phone, 390 pixels wide: the open alert takes the whole screen, nothing scrolls sideways.
import { ATTACK_RULE, attack } from './manager'
import { expect, test } from './screen'

test('reads an alert on a phone', async ({ alerts, page }) => {
  await attack()
  await alerts.open()
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(await sideways()).toBeLessThanOrEqual(0)
  await alerts.expectAccessible()
  await alerts.rowOf(ATTACK_RULE).tap()
  await expect(alerts.panel.getByRole('heading', { level: 2 })).toBeVisible()
  await expect(alerts.grid).toBeHidden()
  expect((await alerts.panel.boundingBox())?.width).toBe(390)
  expect(await sideways()).toBeLessThanOrEqual(0)
  await alerts.expectAccessible()
  await alerts.panel.getByRole('button', { name: 'Close the alert' }).tap()
  await expect(alerts.grid).toBeVisible()
})
