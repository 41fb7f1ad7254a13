/** The lynx: two tufted ears, a face, two eyes. Takes the colour of the text beside it. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="currentColor" d={FACE} />
      <path fill="var(--logo-eye, #f0b429)" d={EYES} />
      <path fill="var(--logo-nose, #ffffff)" fillOpacity="0.9" d={NOSE} />
    </svg>
  )
}

const FACE =
  'M5.2 1 9.6 7.3C11.5 6.5 13.7 6 16 6s4.5.5 6.4 1.3L26.8 1l.9 11.2c1 1.7 1.6 3.5 1.6 5.1l-2.4 1 1.1 3.2-3.3.4.1 3.2-3.2-.8C20 28.5 18 31 16 31s-4-2.5-5.6-6.7l-3.2.8.1-3.2-3.3-.4 1.1-3.2-2.4-1c0-1.6.6-3.4 1.6-5.1z'
const EYES = 'M7.8 14.6c2.3-.3 4.7.8 5.7 3.2-2.6.7-5-.3-5.7-3.2zM24.2 14.6c-2.3-.3-4.7.8-5.7 3.2 2.6.7 5-.3 5.7-3.2z'
const NOSE = 'M13.9 22.4h4.2L16 25z'
