// `npm run mock`: a manager without an engine to work on the page with, and an attack every few seconds.
import { MockManager, TOKEN } from '../e2e/mock/manager.mjs'

const port = Number(process.env.PORT ?? 8484)
const manager = new MockManager()
const url = await manager.start(port)
for (let index = 0; index < 40; index += 1) manager.store.add(index, { ago: 900 - index * 20 })
setInterval(() => manager.store.add(Math.floor(Math.random() * 8)), 4000)
console.log(`page: ${url}/login\ntoken: ${TOKEN}\nwith npm run dev: PODLYNX_URL=${url} npm run dev`)
