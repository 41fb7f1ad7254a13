// Line icons on a 16 grid, drawn here so that no icon set is shipped.
const PATHS = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM14 14l-3.4-3.4',
  bell: 'M3.5 11.5h9l-1.2-1.8V7a3.3 3.3 0 0 0-6.6 0v2.7zM6.7 13.5h2.6',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
  up: 'M8 13V3M4 7l4-4 4 4',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M2.5 8.5l3.5 3.5 7.5-8',
  archive: 'M2 3h12v3H2zM3 6v7h10V6M6.5 9h3',
  restore: 'M3 3v4h4M3.4 7A5.2 5.2 0 1 1 3 9.5',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  screen: 'M1.5 3h13v8h-13zM5.5 14h5M8 11v3',
  keyboard: 'M1.5 4h13v8.5h-13zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 10h6',
  leave: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
  save: 'M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11',
  previous: 'M4 10l4-4 4 4',
  next: 'M4 6l4 4 4-4',
  warning: 'M8 2.5l6.5 11h-13zM8 6.5v3.5M8 12h.01',
  signal: 'M2 13h1.5M6 13V9.5M10 13V6M14 13V2.5',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
