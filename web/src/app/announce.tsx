// The page's live region: what changed, said once, to those who do not see it.
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

const Announce = createContext<(text: string) => void>(() => {})

export function AnnounceProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: '', turn: 0 })
  const say = useCallback((text: string) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), [])
  return (
    <Announce value={say}>
      {children}
      <div className="spoken" role="status" aria-live="polite">
        {/* A new node each time, so that the same sentence is said again. */}
        <span key={said.turn}>{said.text}</span>
      </div>
    </Announce>
  )
}

export function useAnnounce(): (text: string) => void {
  return useContext(Announce)
}
