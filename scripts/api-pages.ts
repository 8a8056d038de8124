/** A page of docs/api. */
export interface ApiPage {
  file: string
  title: string
  about: string
  /** `library/path` of the declarations that belong here. */
  sources: RegExp
}

/** In the order in which one meets them; the first page that fits has an export. */
export const API_PAGES: readonly ApiPage[] = [
  {
    file: 'engine.md',
    title: 'The engine',
    about: 'Opening it, its verbs, and what they take.',
    sources:
      /^core\/(create|with-progress|errors|contracts\/(domainctl|events|options|verb-options|run|accounts|notices))\.d\.ts/,
  },
  {
    file: 'health.md',
    title: 'Health',
    about: 'What is measured of a name, and what follows from it.',
    sources: /^core\/(contracts\/health|domain\/health\/)/,
  },
  {
    file: 'state.md',
    title: 'The state',
    about: 'Work on a whole state: backup, copy, verification, migration, change of the key.',
    sources: /^core\/([a-z-]+-state|rotate-state-key|contracts\/state-work|store\/)/,
  },
  {
    file: 'store.md',
    title: 'A store of one’s own',
    about: 'The contract of what keeps the state, and the rows that it keeps.',
    sources: /^core\/(contracts\/(store|outbox)|domain\/(ca-budget|kept-count|model|failover))/,
  },
  {
    file: 'extensions.md',
    title: 'Providers, targets and notifiers of one’s own',
    about: 'The contracts of what domainctl calls.',
    sources: /^core\/contracts\/(dns-provider|deploy-target|notifier|runtime|dns)\.d\.ts/,
  },
  {
    file: 'answers.md',
    title: 'Answers',
    about: 'What verbs answer, and the values in it.',
    sources: /^core\//,
  },
  {
    file: 'providers.md',
    title: '@domainctl/providers',
    about: 'The providers, targets and notifiers that come with domainctl.',
    sources: /^providers\//,
  },
  {
    file: 'sandbox.md',
    title: '@domainctl/sandbox',
    about: 'A CA, name servers and an HTTPS server for tests.',
    sources: /^sandbox\//,
  },
]

export function pageOf(library: string, source: string, name: string): ApiPage {
  // What the sandbox gives out again of another library is where that is.
  const page = API_PAGES.find(({ sources }) => sources.test(`${library}/${source}`))
  if (!page) throw new Error(`no page of docs/api has ${name} of ${library}/${source}`)
  return page
}
