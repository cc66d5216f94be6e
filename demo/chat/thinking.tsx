import { useStrings } from '../strings/use-strings.ts'

export function Thinking() {
  const strings = useStrings()
  return (
    <div className="message" data-role="assistant">
      <span className="thinking" role="img" aria-label={strings.thinking}>
        <i />
        <i />
        <i />
      </span>
    </div>
  )
}
