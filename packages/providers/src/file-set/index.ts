// Files that are replaced at one moment (ADR 11), for the command and for targets: without the registry of providers, which takes
// ten times as long to load.
export { placePlain, placeSet } from './file-set.ts'
export { type NewFile, replaceFiles } from './replace-files.ts'
export { at, codeOf, syncFolder, writeSynced } from './synced-files.ts'
