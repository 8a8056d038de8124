import { runTool, type ToolRun } from './tool.ts'

/** lego gets a certificate by RFC 2136. `env`: that of a sandbox or a lab; `ca`: the directory of the CA. */
export function runLego(
  names: readonly string[],
  o: { folder: string; ca: string; resolver: string; env: Record<string, string> },
): Promise<ToolRun> {
  const account = ['--server', o.ca, '--path', o.folder, '--email', 'lego@example.test', '--accept-tos']
  const domains = names.flatMap((name) => ['--domains', name])
  // It looks name servers up through the system, which knows nothing of the lab: so it asks the resolver alone.
  const dns = ['--dns', 'rfc2136', '--dns.resolvers', o.resolver, '--dns.disable-cp']
  return runTool(['lego', ...account, ...dns, ...domains, 'run'], {
    env: {
      ...o.env,
      LEGO_CA_CERTIFICATES: o.env.DOMAINCTL_CA_ROOT ?? '',
      RFC2136_TSIG_KEY: `${o.env.RFC2136_TSIG_KEY}.`,
      RFC2136_TSIG_ALGORITHM: `${o.env.RFC2136_TSIG_ALGORITHM}.`,
      RFC2136_POLLING_INTERVAL: '1',
      RFC2136_SEQUENCE_INTERVAL: '1',
    },
  })
}
