import { useState } from 'react'
import controls from './controls.module.css'
import { Icon, type IconName } from './Icon'
import { nextTheme, savedTheme, saveTheme, type Theme } from './theme'

const ICONS: Record<Theme, IconName> = { system: 'screen', light: 'sun', dark: 'moon' }

export function ThemeToggle() {
  const [theme, setTheme] = useState(savedTheme)
  const following = nextTheme(theme)
  const change = () => {
    saveTheme(following)
    setTheme(following)
  }
  const label = `Theme: ${theme}. Change to ${following}`
  return (
    <button
      type="button"
      className={`${controls.button} ${controls.quiet} ${controls.icon}`}
      aria-label={label}
      title={label}
      onClick={change}
    >
      <Icon name={ICONS[theme]} />
    </button>
  )
}
