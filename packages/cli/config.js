/**
 * Gives the types of a configuration to an editor and to TypeScript; does nothing else.
 * @template {import('./config.js').DomainctlConfig} C
 * @param {C} config
 */
export const defineConfig = (config) => config
