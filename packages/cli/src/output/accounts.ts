import type { AccountReport } from '@domainctl/core'
import type { Paint } from './paint.ts'
import { table } from './table.ts'
import { printable } from './text.ts'

/** `default at https://acme-v02.api.letsencrypt.org/directory` */
export function nameOf({ name, ca }: Pick<AccountReport, 'name' | 'ca'>): string {
  return printable(`${name} at ${ca}`)
}

/** A row for each account, a star for those in use, and below them why one could not be asked for. */
export function accountsTable(accounts: readonly AccountReport[], paint: Paint, columns?: number): string[] {
  const rows = accounts.map(({ ca, name, inUse, url, contact, status, keyType, keyChanging, domains, createdAt }) => [
    printable(ca),
    printable(`${name}${inUse ? ' *' : ''}`),
    status,
    printable(url ?? '-'),
    printable(contact ?? '-'),
    `${keyType}${keyChanging ? ' (changing)' : ''}`,
    createdAt.slice(0, 10),
    String(domains),
  ])
  const failed = accounts.flatMap((account) => (account.error ? [{ ...account, error: account.error }] : []))
  return [
    ...table(['CA', 'ACCOUNT', 'STATUS', 'URL', 'CONTACT', 'KEY', 'CREATED', 'DOMAINS'], rows, {
      columns,
      leaveOut: ['CREATED', 'URL', 'KEY'],
      shorten: { CA: 'middle', URL: 'middle', CONTACT: 'middle' },
    }),
    ...(accounts.some(({ inUse }) => inUse) ? ['', '* is used for new orders.'] : []),
    ...(accounts.some(({ keyChanging }) => keyChanging)
      ? [
          '',
          `${paint('waiting', 'note')}: a key is being changed, or was when a process died: domainctl account rotate-key ends it.`,
        ]
      : []),
    ...failed.map(
      ({ error, ...account }) =>
        `${paint('waiting', 'note')}: ${nameOf(account)}: ${printable(error.message)} ${printable(error.hint)}`,
    ),
  ]
}

/** What to know before an account is ended. */
export function whatHangsOn({ domains, openOrders }: Pick<AccountReport, 'domains' | 'openOrders'>): string[] {
  return [
    ...(domains > 0
      ? [
          `${domains} ${domains === 1 ? 'domain has its' : 'domains have their'} certificate from it. Certificates stay good; another account renews them, without the exemption from limits that the same one has.`,
        ]
      : []),
    ...(openOrders > 0 ? [`${openOrders} open ${openOrders === 1 ? 'order ends' : 'orders end'} with it.`] : []),
  ]
}
