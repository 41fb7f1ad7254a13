// Before all tests: a manager, and a session with it. A login link works once, so it is used here and the cookie kept.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { chromium as playwright } from '@playwright/test'
import { CHROMIUM_ARGUMENTS, chromium } from './browser'
import { SESSION } from './manager'
import { MockManager } from './mock/manager.mjs'

export default async function setup() {
  mkdirSync(dirname(SESSION), { recursive: true })
  const real = process.env.PODLYNX_URL
  if (real) return logIn(real)
  const manager = new MockManager()
  process.env.PODLYNX_MOCK = await manager.start()
  await logIn(`${process.env.PODLYNX_MOCK}/login`)
  return () => manager.stop()
}

async function logIn(link: string): Promise<void> {
  const browser = await playwright.launch({ executablePath: chromium(), args: CHROMIUM_ARGUMENTS })
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByRole('main').waitFor()
  if (new URL(page.url()).pathname !== '/') throw new Error(`the login link led to ${page.url()}; a link works once, so take a fresh one`)
  await context.storageState({ path: SESSION })
  await browser.close()
}
