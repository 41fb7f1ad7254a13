import { fileURLToPath } from 'node:url'
import { ATTACK_RULE, attack, isReal, mock } from './manager'
import { expect, test } from './screen'

const PICTURE = fileURLToPath(new URL('../../docs/alerts-page.png', import.meta.url))

test('the Alerts page with an open alert', async ({ alerts, page }) => {
  if (!isReal) {
    await mock('clear')
    for (let index = 0; index < 60; index += 1) {
      // Every third from an address of its own; the others fall into groups.
      await mock(`add?sample=${index}&ago=${(60 - index) * 47}${index % 3 === 2 ? `&source=198.51.100.${index + 20}` : ''}`)
    }
  }
  await attack()
  await page.emulateMedia({ colorScheme: 'light' })
  await alerts.open()
  await alerts.rowOf(ATTACK_RULE).click()
  await expect(alerts.panel.getByRole('heading', { level: 2 })).toBeVisible()
  await page.waitForTimeout(3500) // until the highlight of the new row has faded
  await page.screenshot({ path: PICTURE })
})
