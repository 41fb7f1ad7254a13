// `make keycloak`: people log in by a real Keycloak. PODLYNX_PAGE is the manager's address, PODLYNX_PASSWORD everybody's password.
import { defineConfig, devices } from '@playwright/test'
import { CHROMIUM_ARGUMENTS, chromium } from './browser'

export default defineConfig({
  testDir: '.',
  testMatch: 'keycloak.flow.ts',
  outputDir: 'artifacts',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
    launchOptions: { executablePath: chromium(), args: CHROMIUM_ARGUMENTS },
  },
})
