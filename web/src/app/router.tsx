// One route a screen. The manager serves the page at / only, so everything else that an address says is in its query.
import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { AlertsPage } from '../alerts/AlertsPage'
import { readSearch } from '../alerts/search'
import { Notice } from './Notice'
import { Shell } from './Shell'

const root = createRootRoute({
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
  notFoundComponent: () => (
    <Notice kind="calm" title="There is no such page">
      <p>
        All alerts are <a href="/">on the first page</a>.
      </p>
    </Notice>
  ),
  errorComponent: ({ error, reset }) => (
    <Notice kind="error" title="This page has failed" error={error} action={{ label: 'Try again', run: reset }} full />
  ),
})

export const alertsRoute = createRoute({ getParentRoute: () => root, path: '/', validateSearch: readSearch, component: AlertsPage })

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([alertsRoute]),
    // Plain query strings: the library's default writes JSON into the address, and people read and type these.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(
        Object.entries(search).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
      )
      return text.size === 0 ? '' : `?${text}`
    },
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
