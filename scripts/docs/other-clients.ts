import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Folders of other ACME clients where the examples of `import` have them below `folder`, each with this certificate, which `export`
 * has written. What the real clients write is imported in lab/import.test.ts.
 */
export async function writeOtherClients(folder: string, name: string, exported: string, directoryUrl: string): Promise<void> {
  const [chain, key] = await Promise.all(['fullchain.pem', 'privkey.pem'].map((file) => readFile(join(exported, file), 'utf8')))
  const renewal = `version = 2.1.0\n[renewalparams]\nauthenticator = dns-rfc2136\nserver = ${directoryUrl}\n`
  const files = {
    [`etc/letsencrypt/live/${name}/fullchain.pem`]: chain,
    [`etc/letsencrypt/live/${name}/privkey.pem`]: key,
    [`etc/letsencrypt/renewal/${name}.conf`]: renewal,
    [`etc/lego/certificates/${name}.crt`]: chain,
    [`etc/lego/certificates/${name}.key`]: key,
    [`etc/lego/certificates/${name}.json`]: JSON.stringify({ domain: name, certUrl: directoryUrl }),
    '~/.acme.sh/account.conf': '',
    [`~/.acme.sh/${name}_ecc/fullchain.cer`]: chain,
    [`~/.acme.sh/${name}_ecc/${name}.key`]: key,
    [`~/.acme.sh/${name}_ecc/${name}.conf`]: `Le_Domain='${name}'\nLe_API='${directoryUrl}'\nLe_Webroot='dns_nsupdate'\n`,
  }
  for (const [file, text = ''] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text, { mode: 0o600 })
  }
}
