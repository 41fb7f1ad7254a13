// The manager under test, as the specs see it: where it is, how to attack what it watches, and (mock only) how to make things go wrong.
import { fileURLToPath } from 'node:url'

/** The cookie of a session that is open before the first test. */
export const SESSION = fileURLToPath(new URL('artifacts/session.json', import.meta.url))
export const isReal = process.env.PODLYNX_URL !== undefined
/** The rule that the walk-through's request raises: of the community rules, or of the starter rules. */
export const ATTACK_RULE = /1:(57461|3000030):\d+/

export function origin(): string {
  const url = process.env.PODLYNX_URL ?? process.env.PODLYNX_MOCK
  if (!url) throw new Error('the set-up has started no manager')
  return new URL(url).origin
}

/** The walk-through's request, sent for real or played by the mock. */
export async function attack(): Promise<void> {
  if (!isReal) return mock('add?sample=0')
  const shop = process.env.PODLYNX_SHOP
  if (!shop) throw new Error("PODLYNX_SHOP must name the address of the demo's shop, such as http://127.0.0.1:8080/")
  await fetch(new URL('/secid_canceltoken.cgi', shop), { method: 'POST', headers: { 'X-CMD': 'Test', 'X-KEY': 'Test' } })
}

/** A command of the mock manager (see mock/manager.mjs). */
export async function mock(command: string, body?: object): Promise<void> {
  const answer = await fetch(`${origin()}/mock/${command}`, { method: 'POST', body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`mock/${command}: ${answer.status}`)
}

/** Starts anew with this many alerts, each a group of its own, a minute apart. */
export async function refill(count: number): Promise<void> {
  await mock('clear')
  for (let index = 0; index < count; index += 1)
    await mock(`add?sample=${index}&ago=${(count - index) * 60}&source=198.51.100.${index % 250}`)
}
