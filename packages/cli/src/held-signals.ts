/** What asks a command to stop. */
export const STOPPING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

/**
 * Holds a signal that arrives while the command is still being loaded, which would end the process without the document that
 * `--json` promises. A second one ends it at once.
 * @returns gives them up, and says which one came
 */
export function holdSignals(process: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'>): () => NodeJS.Signals | undefined {
  let held: NodeJS.Signals | undefined
  const hold = (signal: NodeJS.Signals) => {
    if (held !== undefined) {
      giveUp()
      process.kill(process.pid, signal)
    }
    held = signal
  }
  const giveUp = () => {
    for (const signal of STOPPING) process.off(signal, hold)
    return held
  }
  for (const signal of STOPPING) process.on(signal, hold)
  return giveUp
}
