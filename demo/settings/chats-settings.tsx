import { useChatkeep } from 'chatkeep/react'
import { Problem, useTask } from '../account/task.tsx'
import { downloadAsJson, downloadAsMarkdown } from '../export/download-chats.ts'
import { useStrings } from '../strings/use-strings.ts'
import { ClearDialog } from './clear-dialog.tsx'

/** Takes all conversations along, or puts those of a project away. */
export function ChatsSettings() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { isWorking, problem, run } = useTask()
  if (client === null) return null
  return (
    <>
      <section className="settings-part">
        <h3 className="field-label">{strings.exportAll}</h3>
        <p className="settings-text">{strings.exportHint}</p>
        <div className="settings-buttons">
          <button
            type="button"
            className="button button-small"
            disabled={isWorking}
            onClick={() => void run(() => downloadAsJson(client))}
          >
            {strings.exportJson}
          </button>
          <button
            type="button"
            className="button button-small"
            disabled={isWorking}
            onClick={() => void run(() => downloadAsMarkdown(client, strings))}
          >
            {strings.exportMarkdown}
          </button>
        </div>
        <Problem text={problem} />
      </section>
      <section className="settings-part">
        <h3 className="field-label">{strings.clear}</h3>
        <p className="settings-text">{strings.clearHint}</p>
        <div className="settings-buttons">
          <ClearDialog />
        </div>
      </section>
    </>
  )
}
