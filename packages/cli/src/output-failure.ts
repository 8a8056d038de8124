/** The part of a process that is told of output that cannot be written. */
export interface OutputProcess {
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
  exitCode?: number | string | null | undefined
}

const gone = new WeakSet<object>()

/** Whether nothing more can be written: Node keeps `process.stdout` open after an error, and says of it that it is not destroyed. */
export function hasGone(stream: NodeJS.WritableStream & { destroyed?: boolean }): boolean {
  return stream.destroyed === true || gone.has(stream)
}

/**
 * Output that cannot be written stops no work: the exit code says it (2), and for stdout one message on stderr. That
 * the reader has gone (`| head`) is no fault.
 */
export function surviveOutputFailure(process: OutputProcess): void {
  let told = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone.add(process.stdout)
    if (error.code === 'EPIPE') return
    process.exitCode = 2
    if (told) return
    told = true
    process.stderr.write(`✖ The output cannot be written: ${error.code ?? error.message}.\n  Free room, or send it elsewhere.\n`)
  })
  // There is no place left to tell it: to write here again would fail again, for ever.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = 2
  })
}
