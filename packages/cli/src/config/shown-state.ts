/** The URL of a state as it may be shown: the password of a Postgres is left out. Whoever has it in PGPASSWORD can copy it as it is. */
export function shownState(url: string): string {
  if (!/^postgres(ql)?:/.test(url) || !URL.canParse(url)) return url
  const shown = new URL(url)
  shown.password = ''
  // The driver takes it from there as well.
  shown.searchParams.delete('password')
  return shown.href
}
