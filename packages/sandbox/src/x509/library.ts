/**
 * Loads `@peculiar/x509` when it is first needed: that takes some 80 ms, and its polyfill adds to the global `Reflect`,
 * which nobody who only imports the sandbox should get. Through a module of our own: bundlers that split give a CommonJS
 * package that is imported dynamically no named exports.
 */
export function loadX509() {
  return import('./classes.ts')
}

/** The classes of the library, once it is loaded. */
export type X509Library = Awaited<ReturnType<typeof loadX509>>
