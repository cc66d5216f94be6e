import { SparkIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'

export function EmptyChat({ onSend }: { onSend(text: string): void }) {
  const strings = useStrings()
  return (
    <div className="empty">
      <div className="empty-mark" aria-hidden="true">
        <img src="/favicon.svg" alt="" width="44" height="44" />
      </div>
      <h2 className="empty-title">{strings.welcome}</h2>
      <p className="empty-hint">{strings.welcomeHint}</p>
      <ul className="suggestions">
        {strings.suggestions.map((suggestion) => (
          <li key={suggestion}>
            <button type="button" className="suggestion" onClick={() => onSend(suggestion)}>
              <SparkIcon />
              {suggestion}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
