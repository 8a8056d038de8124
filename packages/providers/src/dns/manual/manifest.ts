import { z } from 'zod'
import { defineProvider } from '../../manifest.ts'
import { manualProvider } from './adapter.ts'

export const manifest = defineProvider({
  name: 'manual',
  title: 'By hand',
  help:
    'For zones that no API can write to. domainctl prints all records that are wanted at once and ends; when they are ' +
    'made, the same command continues: it looks them up in the DNS as it does for any other provider.',
  schema: z.strictObject({}),
  options: {},
  create: () => manualProvider(),
})
