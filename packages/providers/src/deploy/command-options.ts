import { z } from 'zod'

/** A program and its arguments, as they are given to it: no shell reads them. */
export const argv = z
  .array(z.string({ error: 'has to be text' }).min(1, { error: 'must not be empty' }), {
    error: 'has to be a list: the program, then each argument',
  })
  .min(1, { error: 'has to name a program' })

export const milliseconds = (usual: number, most = 3_600_000) =>
  z.coerce
    .number({ error: 'has to be a number of milliseconds' })
    .int()
    .min(0)
    .max(most, { error: `has to be at most ${most}` })
    .default(usual)
