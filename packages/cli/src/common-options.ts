import { Option } from 'commander'
import { settingRows } from './config/settings.ts'

/** Options that every command takes, before its name or after it: those of the output, then the settings. */
export function commonOptions(): Option[] {
  const output = [
    new Option('--config <file>', 'configuration file (default: domainctl.config.yaml, .yml or .json here)'),
    new Option('--json', 'print one JSON document on standard output, and nothing else'),
    new Option(
      '--output <form>',
      'github: also annotations, a job summary and step outputs for GitHub Actions (DOMAINCTL_OUTPUT)',
    ).choices(['text', 'github']),
    new Option('-q, --quiet', 'no progress and no messages but errors'),
    new Option('-v, --verbose', 'with the causes of errors'),
    new Option('--no-input', 'never ask'),
    new Option('-y, --yes', 'answer yes to what would be asked'),
    new Option('-V, --version', 'print the version'),
  ]
  const settings = settingRows().flatMap(([, { flag, help, default: usual, type, choices }]) => {
    if (flag === undefined) return []
    const shown = usual === undefined || type === 'boolean' ? help : `${help} (default: ${usual})`
    const option = new Option(flag, choices ? `${shown}: ${choices.join(', ')}` : shown)
    return [type === 'list' ? option.argParser((value: string, before: string[] = []) => [...before, value]) : option]
  })
  return [...output, ...settings]
}
