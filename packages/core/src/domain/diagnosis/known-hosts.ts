import { canonicalAddress } from './canonical.ts'

/** A company that websites are at, known by where their names lead. */
interface KnownHost {
  /** For people. */
  title: string
  /** Host names and all that is below them; `*` stands for any part of one label. */
  hosts: readonly string[]
  /** Addresses that the company has its customers enter where no CNAME can stand. */
  addresses?: readonly string[]
  /** Where the company, or somebody who works with it, says what customers have to enter. */
  source: string
}

// The sources were last looked at on 2026-11-21. What has changed since costs no more than a name in a sentence.

const KNOWN_HOSTS: readonly KnownHost[] = [
  {
    title: 'Netlify',
    hosts: ['netlify.app', 'netlify.com'],
    addresses: ['75.2.60.5', '104.198.14.52'],
    source: 'https://answers.netlify.com/t/support-guide-minimizing-impact-of-load-balancer-not-working/34888',
  },
  {
    title: 'GitHub Pages',
    hosts: ['github.io'],
    addresses: [
      ...['108', '109', '110', '111'].map((part) => `185.199.${part}.153`),
      ...['8000', '8001', '8002', '8003'].map((part) => `2606:50c0:${part}::153`),
    ],
    source:
      'https://docs.github.com/pages/configuring-a-custom-domain-for-your-github-pages-site/managing-a-custom-domain-for-your-github-pages-site',
  },
  {
    title: 'Heroku',
    hosts: ['herokudns.com', 'herokuapp.com', 'herokussl.com'],
    source: 'https://devcenter.heroku.com/articles/custom-domains',
  },
  {
    title: 'Vercel',
    hosts: ['vercel-dns.com', 'vercel-dns-*.com', 'vercel.app'],
    addresses: ['76.76.21.21', '216.198.79.1'],
    source: 'https://vercel.com/docs/domains/set-up-custom-domain',
  },
  {
    title: 'Shopify',
    hosts: ['myshopify.com'],
    addresses: ['23.227.38.65', '2620:127:f00f:5::'],
    source: 'https://help.shopify.com/manual/domains/understanding-domains',
  },
  {
    title: 'Squarespace',
    hosts: ['squarespace.com'],
    addresses: ['198.185.159.144', '198.185.159.145', '198.49.23.144', '198.49.23.145'],
    source:
      'https://www.namecheap.com/support/knowledgebase/article.aspx/9608/2208/how-do-i-link-my-domain-to-my-squarespace-account/',
  },
  {
    title: 'Wix',
    hosts: ['wixdns.net'],
    addresses: ['185.230.63.107', '185.230.63.171', '185.230.63.186', '23.236.62.147'],
    source: 'https://dev.wix.com/docs/rest/account-level/domains/connected-domains/introduction',
  },
  {
    title: 'WordPress.com',
    hosts: ['wordpress.com', 'wpcomstaging.com'],
    addresses: ['192.0.78.24', '192.0.78.25'],
    source: 'https://wordpress.com/support/domains/',
  },
  {
    title: 'Webflow',
    hosts: ['webflow.com', 'webflow.io'],
    addresses: ['75.2.70.75', '99.83.190.102'],
    source: 'https://github.com/finsweet/reverse-proxy',
  },
  {
    title: 'Fastly',
    hosts: ['fastly.net', 'fastlylb.net', 'edgecompute.app'],
    source: 'https://www.fastly.com/documentation/guides/concepts/routing-traffic-to-fastly/',
  },
  {
    title: 'Azure',
    hosts: [
      'azurewebsites.net',
      'trafficmanager.net',
      'azurefd.net',
      'azureedge.net',
      'cloudapp.net',
      'cloudapp.azure.com',
      'core.windows.net',
    ],
    source: 'https://learn.microsoft.com/azure/security/fundamentals/subdomain-takeover',
  },
  {
    title: 'AWS CloudFront',
    hosts: ['cloudfront.net'],
    source: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html',
  },
  {
    title: 'an AWS load balancer',
    hosts: ['elb.amazonaws.com', 'elb.*.amazonaws.com'],
    source: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/using-domain-names-with-elb.html',
  },
  {
    title: 'AWS S3',
    hosts: ['s3-website-*.amazonaws.com', 's3-website.*.amazonaws.com'],
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html',
  },
]

/**
 * The company at which a route ends, for a sentence; undefined where it is not a known one.
 * @param path names on the way, in lower case
 * @param addresses at its end: one that a company gives to its customers tells enough
 */
export function hostingCompanyOf(path: readonly string[], addresses: readonly string[]): string | undefined {
  const at = new Set(addresses.map(canonicalAddress))
  const isTheirs = ({ hosts, addresses: theirs = [] }: KnownHost): boolean =>
    path.some((name) => hosts.some((host) => isBelow(name, host))) || theirs.some((address) => at.has(canonicalAddress(address)))
  return KNOWN_HOSTS.find(isTheirs)?.title
}

/** Label by label from the end, so that `notnetlify.app` is not `netlify.app`. */
function isBelow(name: string, host: string): boolean {
  const labels = name.toLowerCase().split('.')
  const wanted = host.split('.')
  return (
    labels.length >= wanted.length && wanted.every((label, i) => isLabel(labels[labels.length - wanted.length + i] ?? '', label))
  )
}

function isLabel(label: string, wanted: string): boolean {
  const [head = '', tail] = wanted.split('*')
  if (tail === undefined) return label === wanted
  return label.length > head.length + tail.length && label.startsWith(head) && label.endsWith(tail)
}
