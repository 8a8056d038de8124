// Copies a state as `domainctl state copy` does, and prints a line for each page, for one who wants to kill it at one of them.
import { copyState } from '@domainctl/core'

const [from = '', to = '', encryptionKey = ''] = process.argv.slice(2)
await copyState({
  from,
  to,
  encryptionKey,
  onProgress: ({ table, rows }) => process.stdout.write(`${table} ${rows}\n`),
})
