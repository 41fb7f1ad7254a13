import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// `npm run dev` talks to a running manager (or the mock of e2e/): PODLYNX_URL says where.
const manager = process.env.PODLYNX_URL ?? 'http://127.0.0.1:8484'

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    // The manager's Content-Security-Policy allows no data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    // One script of 165 kB gzipped: the page is one screen, and parts of it would only come later.
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
    // light-dark() is used as it stands: browsers from spring 2024 on.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
  },
  // The manager refuses foreign Host and Origin headers, so the proxy speaks as the manager's own page.
  server: { proxy: { '^/(api|login)': { target: manager, changeOrigin: true, headers: { origin: new URL(manager).origin } } } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    restoreMocks: true,
  },
})
