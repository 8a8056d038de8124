import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packages } from './place.ts'

/** What of CycloneDX's own library is used; it is installed for the lab alone. */
interface CycloneDx {
  Validation: { JsonStrictValidator: new (version: string) => { validate(json: string): Promise<unknown> } }
}

/** What CycloneDX's schema, in the strict form of its own library, finds wrong with a bill of materials; null for nothing. */
export async function faultsOfSbom(json: string): Promise<unknown> {
  const { Validation } = createRequire(join(packages, 'tools', 'x'))('@cyclonedx/cyclonedx-library') as CycloneDx
  return await new Validation.JsonStrictValidator('1.6').validate(json)
}
