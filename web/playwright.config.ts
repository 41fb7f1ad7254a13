// Browser tests. Without PODLYNX_URL they run against the mock manager and the built page (web/dist); with PODLYNX_URL, a login link of
// a running demo, and PODLYNX_SHOP, the address of its shop, against the real thing.
import { defineConfig, devices } from '@playwright/test'
import { CHROMIUM_ARGUMENTS, chromium } from './e2e/browser'
import { SESSION } from './e2e/manager'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/artifacts',
  globalSetup: './e2e/setup.ts',
  // One manager, whose alerts the tests change: they take turns.
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 8_000 },
  reporter: [['list']],
  use: {
    storageState: SESSION,
    trace: 'retain-on-failure',
    launchOptions: { executablePath: chromium(), args: CHROMIUM_ARGUMENTS },
  },
  projects: [
    { name: 'desktop', testIgnore: /phone\.spec\.ts/, use: { ...devices['Desktop Chrome'], viewport: { width: 1440, height: 900 } } },
    { name: 'phone', testMatch: /phone\.spec\.ts/, use: { viewport: { width: 390, height: 844 }, hasTouch: true, deviceScaleFactor: 2 } },
  ],
})
