// The commands and what they run in, imported as one when the first of them runs: help and mistyped command lines need
// none of it, and a file for each command and for each piece that two of them share costs more to find than to load
// (4 ms of 70 for `list`). What is heavy is imported later still, by whoever needs it.
export { createContext } from '../context.ts'
export {
  accountDeactivate,
  accountExportKey,
  accountImport,
  accountList,
  accountRotateKey,
  accountUpdate,
} from './account.ts'
export { add } from './add.ts'
export { audit } from './audit.ts'
export { challenge } from './challenge.ts'
export { completionAnswer, completionScript } from './completion.ts'
export { configShow } from './config.ts'
export { configCheck } from './config-check.ts'
export { deploy } from './deploy.ts'
export { doctor } from './doctor.ts'
export { exportCertificate } from './export.ts'
export { health } from './health.ts'
export { history } from './history.ts'
export { importFrom } from './import.ts'
export { init } from './init.ts'
export { issue } from './issue.ts'
export { list } from './list.ts'
export { notifyDeliver, notifyTest } from './notify.ts'
export { providers, providersTest } from './providers.ts'
export { records } from './records.ts'
export { release } from './release.ts'
export { remove } from './remove.ts'
export { renew } from './renew.ts'
export { revoke } from './revoke.ts'
export { run } from './run.ts'
export { show } from './show.ts'
export { stateCopy } from './state.ts'
export { stateRotateKey } from './state-key.ts'
export { stateBackup, stateMigrate } from './state-upkeep.ts'
export { stateVerify } from './state-verify.ts'
export { resume, suspend } from './suspend.ts'
export { verify } from './verify.ts'
