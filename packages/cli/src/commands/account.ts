import { lstat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type AccountReport, DomainctlError } from '@domainctl/core'
import { readSecretFile } from '../config/secret.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { accountsTable, nameOf, whatHangsOn } from '../output/accounts.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { printable } from '../output/text.ts'
import { INPUT_LIMIT, readInput } from '../read-input.ts'

export interface AccountListFlags {
  check?: boolean
}

export interface AccountImportFlags {
  key: string
}

export interface AccountExportFlags {
  out: string
}

/** `account list`: a table of all accounts; one that the CA could not be asked for is no failure of the list. */
export async function accountList(context: Context, { check = false }: AccountListFlags): Promise<number> {
  const { io, output } = context
  const accounts = await (await context.domainctl()).accounts({ check, signal: io.signal })
  if (output.json) output.document({ accounts })
  else if (accounts.length === 0) output.note('There is no account yet: the first domainctl issue at a CA makes one.')
  else output.print(...accountsTable(accounts, output.paint, columnsOf(context.io)))
  return 0
}

/** `account rotate-key` */
export async function accountRotateKey(context: Context): Promise<number> {
  const account = await (await context.domainctl()).rotateAccountKey({ signal: context.io.signal })
  return told(context, account, `has another key now (${account.keyType}). The old one opens nothing any more.`)
}

/** `account update --email ADDRESS` */
export async function accountUpdate(context: Context): Promise<number> {
  const { email } = context.config.settings
  if (email === undefined) {
    throw new DomainctlError('USAGE', 'The new contact address is missing.', { hint: 'Give it with --email.' })
  }
  const account = await (await context.domainctl()).updateAccount({ contact: email, signal: context.io.signal })
  return told(context, account, `has the contact ${printable(email)} now.`)
}

/** `account deactivate` */
export async function accountDeactivate(context: Context): Promise<number> {
  const { io, output } = context
  const domainctl = await context.domainctl()
  // Named, so that what was asked about is what is ended.
  const { ca, name, ...account } = await domainctl.account({ signal: io.signal })
  output.note(...whatHangsOn(account))
  await confirm(context, [nameOf({ ca, name })], {
    doing: 'Deactivating the account',
    ask: 'Deactivate the account',
    declined: 'No account was deactivated.',
  })
  const ended = await domainctl.deactivateAccount({ ca, account: name, signal: io.signal })
  return told(context, ended, 'has ended. The next domainctl issue at this CA makes another one.')
}

/** `account import --key FILE` */
export async function accountImport(context: Context, { key: file }: AccountImportFlags): Promise<number> {
  const { io, output } = context
  const key = await readKey(context, file)
  const { account, was } = await (await context.domainctl()).importAccount({ key, signal: io.signal })
  if (output.json) {
    output.document({ account, was })
    return 0
  }
  const said = {
    added: 'was taken over.',
    'given this key': 'has this key now, and keeps all that hangs on it.',
    there: 'is there already.',
  }
  return told(context, account, said[was])
}

/** `account export-key --out FILE`. Never to standard output, which ends up in logs. */
export async function accountExportKey(context: Context, { out }: AccountExportFlags): Promise<number> {
  const { io, output } = context
  if (out.trim() === '' || out === '-') {
    throw new DomainctlError('USAGE', '--out: expected the path of a new file.', { hint: 'Such as --out account.pem.' })
  }
  const path = resolve(io.cwd, out)
  if (await isThere(path)) {
    throw new DomainctlError('OUTPUT_UNWRITABLE', `${path} is there already; a key is written over nothing.`, {
      hint: 'Give a new file with --out.',
    })
  }
  const { account, privateKey } = await (await context.domainctl()).exportAccountKey({ signal: io.signal })
  const { replaceFiles } = await import('@domainctl/providers/file-set')
  const [file = path] = await replaceFiles(dirname(path), [{ file: basename(path), content: privateKey, mode: 0o600 }])
  if (output.json) output.document({ account, file })
  else output.print(file)
  return 0
}

function told({ output }: Context, account: AccountReport, what: string): number {
  if (output.json) output.document({ account })
  else output.print(`${mark(output.paint, 'ok')} The account ${nameOf(account)} ${what}`)
  return 0
}

async function readKey({ io }: Context, file: string): Promise<string> {
  if (file !== '-') return readSecretFile(resolve(io.cwd, file), '--key')
  const text = await readInput(io.stdin, io.signal)
  if (text !== null) return text
  throw new DomainctlError('USAGE', `--key -: standard input has more than ${INPUT_LIMIT}.`, { hint: 'Give the key alone.' })
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
