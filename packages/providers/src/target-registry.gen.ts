// Made by scripts/generate-targets.ts from the manifests: `npm run gen` writes it anew.
import type { RegisteredTarget } from './target-manifest.ts'

/** All types of targets by name. Nothing of one is loaded before `load` is called. */
export const targets = {
  exec: { title: 'Command', load: () => import('./deploy/exec/index.ts') },
  files: { title: 'Files', load: () => import('./deploy/files/index.ts') },
  haproxy: { title: 'HAProxy', load: () => import('./deploy/haproxy/index.ts') },
  nginx: { title: 'nginx', load: () => import('./deploy/nginx/index.ts') },
  traefik: { title: 'Traefik', load: () => import('./deploy/traefik/index.ts') },
  webhook: { title: 'Signed webhook', load: () => import('./deploy/webhook/index.ts') },
} as const satisfies Readonly<Record<string, RegisteredTarget>>

/** Name of a type of targets that domainctl comes with. */
export type TargetName = keyof typeof targets
