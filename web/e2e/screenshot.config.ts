// `npm run screenshot`: the picture of the README, docs/alerts-page.png, from the mock or (PODLYNX_URL, PODLYNX_SHOP) from a real demo.
import base from '../playwright.config'

export default {
  ...base,
  testDir: '.',
  testMatch: /screenshot\.shot\.ts/,
  outputDir: 'artifacts',
  globalSetup: './setup.ts',
  projects: base.projects?.slice(0, 1),
}
