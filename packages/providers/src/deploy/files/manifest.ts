import { defineDeployTarget } from '@domainctl/core'
import { z } from 'zod'
import { defineTarget } from '../../target-manifest.ts'
import { FILE_OPTIONS, FILE_SHAPE } from '../file-options.ts'
import { placeFiles } from '../target-files.ts'

export const manifest = defineTarget({
  name: 'files',
  title: 'Files',
  help:
    'Writes certificate and key as PEM files into a folder, all of them replaced at one moment: the names lead through one ' +
    'link, and a reader that opens it once never gets parts of two certificates. For servers that notice new files by ' +
    'themselves, or have something that watches the folder; where one has to be told, use `nginx` or `exec`.',
  schema: z.strictObject(FILE_SHAPE),
  options: FILE_OPTIONS,
  create: (options) =>
    defineDeployTarget({
      async deploy(certificate, { signal }) {
        signal.throwIfAborted()
        return placeFiles(options, certificate)
      },
    }),
})
