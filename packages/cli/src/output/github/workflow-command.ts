// The runner looks for its commands in all that a step prints, on stdout and on stderr: `::name …::` at the beginning of a line,
// after blanks, and the older `##[name …]` anywhere in one (actions/runner, ActionCommand.cs).

/** A mark beside the step in the list of the run. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice'
  title: string
  message: string
}

/** The line that makes it. Whatever stands in its texts is text. */
export function workflowCommand({ level, title, message }: Annotation): string {
  return `::${level} title=${property(title)}::${data(message)}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
