// The Alerts page as a person meets it, and a test that fails when the page breaks its own rules: scripts that throw, and anything
// that the Content-Security-Policy had to stop.
import AxeBuilder from '@axe-core/playwright'
import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { isReal, mock, origin } from './manager'

export class AlertsScreen {
  constructor(readonly page: Page) {}

  get grid(): Locator {
    return this.page.getByRole('grid', { name: /Alerts/ })
  }

  get rows(): Locator {
    return this.grid.locator('[data-alert]')
  }

  get panel(): Locator {
    return this.page.getByRole('complementary', { name: 'The open alert' })
  }

  get query(): Locator {
    return this.page.getByRole('combobox', { name: 'Search the alerts' })
  }

  rowOf(rule: RegExp): Locator {
    return this.rows.filter({ hasText: rule }).first()
  }

  async open(search = ''): Promise<void> {
    await this.page.goto(`${origin()}/${search}`)
    await expect(this.page.getByText('Live', { exact: true })).toBeVisible()
  }

  /** No violation that keeps anybody from using the page. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze()
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([])
  }
}

export const test = base.extend<{ alerts: AlertsScreen; pageErrors: string[] }>({
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => {
        if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text())
      })
      await use(errors)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
  alerts: async ({ page }, use) => {
    if (!isReal) await mock('clear')
    await use(new AlertsScreen(page))
  },
})

export { expect } from '@playwright/test'
