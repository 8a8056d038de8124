import type { Plugin } from 'esbuild'

/**
 * An esbuild plugin: acme-client's lower layers, which are all that domainctl uses, ask its folder `crypto` for what the JWK of
 * a key is, and are given that by us. Without it no ASN.1 library is loaded when something is ordered.
 */
export function unusedAcmeCrypto(): Plugin {
  return {
    name: 'unused-acme-crypto',
    setup(build) {
      build.onResolve({ filter: /^\.\/crypto$/ }, ({ importer }) =>
        /[\\/]acme-client[\\/]src[\\/]\w+\.js$/.test(importer)
          ? { path: 'acme-client-crypto', namespace: 'unused-crypto' }
          : undefined,
      )
      build.onLoad({ filter: /./, namespace: 'unused-crypto' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
    },
  }
}
