import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTool } from './tool.ts'

const command = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-completion-'))
  await mkdir(join(folder, 'bin'))
  await symlink(process.execPath, join(folder, 'bin', 'node'))
  await symlink(command, join(folder, 'bin', 'domainctl'))
  env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder, DOMAINCTL_STATE: `file:${join(folder, 'state.db')}` }
  for (const name of ['shop.example.com', 'shop2.example.com']) {
    expect(await runTool([command, 'add', name, '--provider', 'manual'], { cwd: folder, env })).toMatchObject({ code: 0 })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The words that a shell completes the line to. */
const SHELLS = {
  async bash(line: string) {
    const words = line.split(' ').map((word) => `'${word}'`)
    const script = `source <(domainctl completion bash); COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
      _domainctl; printf '%s\\n' "\${COMPREPLY[@]}"`
    return (await runTool(['bash', '--norc', '-c', script], { cwd: folder, env })).stdout
  },
  async fish(line: string) {
    const script = `domainctl completion fish | source; complete -C '${line}' | string split -f1 \\t`
    return (await runTool(['fish', '--no-config', '-c', script], { cwd: folder, env })).stdout
  },
  async zsh(line: string) {
    // A terminal of its own, since zsh completes nowhere else; its list of more than one is in what it prints.
    const script = `zmodload zsh/zpty; zpty -b shell 'PS1= zsh -f -i'
      send() { zpty -w shell "$1" }
      send 'autoload -Uz compinit; compinit -u; eval "$(domainctl completion zsh)"; print READ''Y'
      zpty -r -m shell out '*READY*'
      zpty -n -w shell $'${line}\\t'
      zpty -r -m shell out '*shop2.example.com*' ; print -r -- $out
      zpty -d shell`
    return (await runTool(['zsh', '-f', '-c', script], { cwd: folder, env })).stdout
  },
}

test.each(['bash', 'fish'] as const)('%s completes commands, values of options, and names', async (shell) => {
  const complete = SHELLS[shell]
  expect((await complete('domainctl rec')).trim()).toBe('records')
  expect((await complete('domainctl list --status pending_')).trim().split('\n')).toEqual(['pending_dns', 'pending_probe'])
  expect((await complete('domainctl show sh')).trim().split('\n')).toEqual(['shop.example.com', 'shop2.example.com'])
  expect((await complete('domainctl verify shop.example.com sh')).trim()).toBe('shop2.example.com')
  expect(await complete('domainctl export shop.example.com --out ')).toContain('state.db')
})

test('zsh completes a name', async () => {
  expect(await SHELLS.zsh('domainctl verify shop.example.com shop')).toContain('shop2.example.com')
})
