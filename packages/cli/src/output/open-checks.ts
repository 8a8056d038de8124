import type { Check } from '@domainctl/core'

/** What is not right, counted: `2 of 7 checks of a.example are not right`, which `yet` may follow. */
export function openChecks(name: string, checks: readonly Check[]): string {
  const open = checks.filter(({ ok }) => !ok).length
  if (checks.length === 1) return `The only check of ${name} is not right`
  return `${open} of ${checks.length} checks of ${name} ${open === 1 ? 'is' : 'are'} not right`
}
