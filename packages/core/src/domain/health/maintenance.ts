/** A time in which nobody is told that domains are broken; they are measured all the same (requirements H2). */
export interface MaintenanceWindow {
  from: Date
  /** Does not belong to it. */
  to: Date
  /** Primary names; absent: of any name. */
  names?: readonly string[]
  /** All of these labels; absent: with any labels. */
  labels?: Readonly<Record<string, string>>
}

/** Whether one of the windows is open for this domain. */
export function isInMaintenance(
  windows: readonly MaintenanceWindow[],
  { name, labels }: { name: string; labels: Readonly<Record<string, string>> },
  at: Date,
): boolean {
  return windows.some(
    (window) =>
      at >= window.from &&
      at < window.to &&
      (window.names?.includes(name) ?? true) &&
      Object.entries(window.labels ?? {}).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value),
  )
}
