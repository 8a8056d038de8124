import type { BundledPackage } from './third-party-notices.ts'

/** What a bill of materials is of: a package of ours. */
export interface Published {
  name: string
  version: string
  license: string
  description?: string
}

/**
 * The software bill of materials of a package of ours: what of others is bundled in it, as CycloneDX 1.6 in JSON. What it depends
 * on is not in it: npm knows that, and which versions of it came, only those who install it (`npm sbom`).
 * The same bundle has the same one: it bears neither a time nor a serial number.
 */
export function sbomOf(published: Published, packages: readonly BundledPackage[]): object {
  const parts = new Map(packages.map((one) => [purl(one), one]))
  const components = [...parts.keys()].sort()
  const own = purl(published)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { ...componentOf(published), type: published.name === 'domainctl' ? 'application' : 'library' },
    },
    components: components.flatMap((ref) => {
      const part = parts.get(ref)
      return part ? [componentOf(part)] : []
    }),
    // A bundle has lost who asked for whom: each is a part of the whole.
    dependencies: [{ ref: own, dependsOn: components }, ...components.map((ref) => ({ ref }))],
  }
}

function componentOf({ name, version, license, ...more }: Published) {
  const [group, own] = name.startsWith('@') ? name.split('/') : [undefined, name]
  const { description } = more as { description?: string }
  return {
    type: 'library',
    'bom-ref': purl({ name, version }),
    ...(group !== undefined && { group }),
    name: own,
    version,
    ...(description !== undefined && { description }),
    licenses: [licenseOf(license)],
    purl: purl({ name, version }),
  }
}

/** CycloneDX takes ids of SPDX and expressions in different places. */
function licenseOf(expression: string) {
  return /^[\w.+-]+$/.test(expression) ? { license: { id: expression } } : { expression }
}

/** The address of a package of npm by the purl specification: the @ of a scope is escaped. */
function purl({ name, version }: { name: string; version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
