// The library's front door. Nothing inside imports it.

export type { CertificateAuthority } from './acme/certificate-authority.ts'
export type { ActiveFault, CaSettings, Fault, ProblemAnswer, Resource } from './acme/settings.ts'
export type { NameServers, SandboxRecord, TsigKey } from './dns/name-servers.ts'
export { type Handshake, handshake } from './https/handshake.ts'
export type { HttpsServer } from './https/https-server.ts'
export type { SandboxRuntime } from './runtime.ts'
export type { Sandbox, SandboxOptions } from './sandbox.ts'
export { startSandbox } from './start.ts'
