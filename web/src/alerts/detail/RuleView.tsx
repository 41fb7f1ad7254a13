// The rule, one option a line: what each looks at, and where it matched.
import type { EngineEvent, RuleMatch } from '../../api/types'
import { Icon } from '../../app/Icon'
import { CopyButton } from '../CopyButton'
import styles from './RuleView.module.css'
import { type RulePart, type RuleParts, ruleParts } from './ruleParts'

interface RuleViewProps {
  event: EngineEvent
  active: number | null
  onMatch: (match: number) => void
}

export function RuleView({ event, active, onMatch }: RuleViewProps) {
  const rule = ruleParts(event.rule_text, event.matches)
  return (
    <div className={styles.rule}>
      <div className={styles.header}>
        <code>{rule?.header ?? 'The rule'}</code>
        <CopyButton text={event.rule_text} label="Copy the rule" />
      </div>
      {rule ? (
        <Options rule={rule} event={event} active={active} onMatch={onMatch} />
      ) : (
        <pre className={styles.plain}>{event.rule_text}</pre>
      )}
    </div>
  )
}

function Options({ rule, event, active, onMatch }: RuleViewProps & { rule: RuleParts }) {
  const checks = rule.parts.filter((part) => part.kind !== 'about')
  const paired = new Set(checks.map((part) => part.match))
  const unpaired = event.matches.map((_, index) => index).filter((index) => !paired.has(index))
  return (
    <ol className={styles.options} aria-label="Options of the rule">
      {checks.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule may say the same twice, and its order never changes
        <li key={index} className={styles.option} data-kind={part.kind}>
          <OptionText part={part} />
          <Outcome part={part} matches={event.matches} active={active} onMatch={onMatch} />
        </li>
      ))}
      {unpaired.map((index) => (
        <li key={`match-${index}`} className={styles.option} data-kind="test">
          <code className={styles.text}>{event.matches[index]?.option}</code>
          <Where index={index} matches={event.matches} active={active} onMatch={onMatch} />
        </li>
      ))}
    </ol>
  )
}

function OptionText({ part }: { part: RulePart }) {
  return (
    <code className={styles.text}>
      <span className={styles.keyword}>{part.keyword}</span>
      {part.value && <span className={styles.colon}>:</span>}
      {part.value && <span className={part.match === null ? undefined : styles.matched}>{part.value}</span>}
    </code>
  )
}

interface OutcomeProps {
  part: RulePart
  matches: readonly RuleMatch[]
  active: number | null
  onMatch: (match: number) => void
}

/** Every option of a rule that fired held; those that consumed bytes say where. */
function Outcome({ part, matches, active, onMatch }: OutcomeProps) {
  if (part.match !== null) return <Where index={part.match} matches={matches} active={active} onMatch={onMatch} />
  if (part.kind === 'buffer') return null
  const absent = part.value.startsWith('!')
  return (
    <span className={styles.quiet}>
      <Icon name="check" size={12} />
      {absent ? 'absent' : 'holds'}
    </span>
  )
}

function Where({ index, matches, active, onMatch }: Omit<OutcomeProps, 'part'> & { index: number }) {
  const match = matches[index]
  if (!match) return null
  const last = match.offset + Math.max(0, match.length - 1)
  const place = match.length > 1 ? `${match.offset}–${last}` : `${match.offset}`
  return (
    <button
      type="button"
      className={styles.where}
      data-hue={(index % 4) + 1}
      aria-pressed={active === index}
      aria-label={`Match ${index + 1}: ${match.buffer}, bytes ${place}. Show the bytes`}
      onClick={() => onMatch(index)}
    >
      <span className={styles.number}>{index + 1}</span>
      {match.buffer} {place}
    </button>
  )
}
