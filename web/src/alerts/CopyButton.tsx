import { useEffect, useState } from 'react'
import { useAnnounce } from '../app/announce'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'

export function CopyButton({ text, label, children }: { text: string | (() => string); label: string; children?: string }) {
  const [done, setDone] = useState(false)
  const announce = useAnnounce()
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1600)
    return () => clearTimeout(timer)
  }, [done])
  const copy = async () => {
    const copied = await copyText(typeof text === 'string' ? text : text())
    setDone(copied)
    announce(copied ? 'Copied' : 'The browser did not allow copying')
  }
  const look = children ? '' : controls.icon
  return (
    <button type="button" className={`${controls.button} ${controls.quiet} ${look}`} aria-label={label} title={label} onClick={copy}>
      <Icon name={done ? 'check' : 'copy'} size={14} />
      {children}
    </button>
  )
}

/** The clipboard exists on secure origins only; a page served over plain HTTP by address copies the old way. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'spoken'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  return copied
}
