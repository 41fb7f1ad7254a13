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
  'M6 1 12.2 8Q16 6.8 19.8 8L26 1 27.5 13 29 18 30.5 23.5 25.4 22.6 25.6 26.6 21 26Q16 31 11 26L6.4 26.6 6.6 22.6 1.5 23.5 3 18 4.5 13Z'
const EYES = 'M8.2 16.4Q11.2 13.6 13.8 17.6 10.6 18.6 8.2 16.4ZM23.8 16.4Q20.8 13.6 18.2 17.6 21.4 18.6 23.8 16.4Z'
const NOSE = 'M13.7 21.2h4.6L16.6 23.2v1.6h-1.2v-1.6z'
