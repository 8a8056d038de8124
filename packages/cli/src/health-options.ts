import { option, repeatedOrList } from './command-row.ts'

/** What health checks of a domain measure: options of `add` and `issue`, read by health-flags.ts. */
export const healthCheckOptions = () => [
  option('--health-path <path>', 'what health checks ask for in place of /; what is chosen replaces all that was chosen before'),
  option('--health-status <list>', 'its status, or several, comma separated (default: any below 500)'),
  option('--health-text <text>', 'a text that is in it'),
  option('--health-endpoint <path>', 'the endpoint of the application, which has to answer 2xx'),
  option('--health-endpoint-port <n>', 'its port (default: that of the page)'),
  option('--health-endpoint-status <list>', 'its status, or several'),
  option('--health-endpoint-text <text>', 'a text that is in its answer'),
  option('--health-name <names>', 'which names health checks measure (default: all but wildcards), comma separated').argParser(
    repeatedOrList,
  ),
  option('--health-address <ips>', 'where, in place of what the DNS says, which is not asked then').argParser(repeatedOrList),
  option('--health-port <n>', 'at which port in place of 443'),
  option('--health', 'health checks as usual again'),
  option('--no-health', 'no health checks: only the end of the certificate is watched'),
]

/** What is measured by `health`. */
export const measuredOptions = () => [
  option('--path <path>', 'the page that is asked for (default: /)'),
  option('--expect-status <list>', 'its status, or several, comma separated (default: any below 500)'),
  option('--expect-text <text>', 'a text that is in it'),
  option('--endpoint <path>', 'the endpoint of the application, which has to answer 2xx'),
  option('--endpoint-port <n>', 'its port (default: that of the page)'),
  option('--endpoint-status <list>', 'its status, or several'),
  option('--endpoint-text <text>', 'a text that is in its answer'),
  option('--address <ips>', 'measure there, in place of what the DNS says, which is not asked then').argParser(repeatedOrList),
  option('--port <n>', 'at this port in place of 443'),
]
