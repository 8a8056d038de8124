import type { AccountVerbs } from './contracts/accounts.ts'
import { account, accounts } from './lifecycle/accounts.ts'
import { deactivateAccount, exportAccountKey, rotateAccountKey, updateAccount } from './lifecycle/change-account.ts'
import { importAccount } from './lifecycle/import-account.ts'
import type { Services } from './lifecycle/services.ts'

/** The verbs about accounts at CAs, in their public shapes. */
export function makeAccountVerbs(services: Services): AccountVerbs {
  return {
    accounts: (o = {}) => accounts(services, o),
    account: (o = {}) => account(services, o),
    rotateAccountKey: (o = {}) => rotateAccountKey(services, o),
    updateAccount: (o) => updateAccount(services, o),
    deactivateAccount: (o = {}) => deactivateAccount(services, o),
    importAccount: (o) => importAccount(services, o),
    exportAccountKey: (o = {}) => exportAccountKey(services, o),
  }
}
