import { type CommandRow, commandAlone } from './command-row.ts'
import type { Shell } from './completion/scripts.ts'

const INSTALLED: Record<Shell, string> = {
  bash: 'domainctl completion bash > ~/.local/share/bash-completion/completions/domainctl',
  zsh: 'domainctl completion zsh > /usr/local/share/zsh/site-functions/_domainctl',
  fish: 'domainctl completion fish > ~/.config/fish/completions/domainctl.fish',
}

const script = (shell: Shell) =>
  commandAlone({
    name: `completion ${shell}`,
    args: '',
    about: `print the script that lets ${shell} complete commands, options and the names of your domains`,
    options: () => [],
    examples: [INSTALLED[shell]],
    runAlone: async (surroundings) => (await import('./commands/index.ts')).completionScript(surroundings, shell),
  })

/** @param rows gives all commands; called when an answer is wanted */
export const completionCommands = (rows: () => readonly CommandRow[]): readonly CommandRow[] => [
  script('bash'),
  script('zsh'),
  script('fish'),
  commandAlone({
    name: 'completion answer',
    args: '[words...]',
    about: 'print what may follow on a command line, as these scripts ask it; the last word is the one being typed',
    options: () => [],
    examples: ["domainctl completion answer -- list --status ''"],
    behindDashes: true,
    runAlone: async (surroundings, words) => (await import('./commands/index.ts')).completionAnswer(surroundings, words, rows()),
  }),
]
