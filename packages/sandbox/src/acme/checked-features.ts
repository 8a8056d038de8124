import { decodeBase64url } from './base64url.ts'
import { expectThat, isObject } from './expectation.ts'
import { type CaSettings, type ExternalAccountKey, RESOURCES } from './settings.ts'

const LEAST_KEY_BYTES = 16
const MOST_NAMES = 100
const EAB_SUCH = "{ required: true, keys: [{ kid: 'shop', hmacKey: '…' }] }"
const PROFILES_SUCH =
  "{ classic: { description: 'The default.' }, shortlived: { description: 'Six days.', lifetimeSeconds: 6 * 86_400 } }"
const LIMITS_SUCH = '{ newOrdersPerAccount: { count: 300, perSeconds: 3 * 3600 } }'

const LIMITED = ['newAccounts', 'newOrdersPerAccount', 'certificatesPerDomain', 'duplicateCertificates', 'failedValidations']

/** A copy that nobody else can change: what is set is set by assigning all of it. @throws DomainctlError `USAGE` */
export function checkedExternalAccount(value: unknown): CaSettings['externalAccount'] {
  const given = members('externalAccount', value, ['required', 'keys'], EAB_SUCH)
  const { required = false, keys = [] } = given
  expectThat(typeof required === 'boolean', 'externalAccount.required', required, { expected: 'true or false', such: EAB_SUCH })
  expectThat(Array.isArray(keys), 'externalAccount.keys', keys, { expected: 'a list', such: EAB_SUCH })
  const copies = (keys as unknown[]).map(checkedKey)
  const kids = new Set(copies.map(({ kid }) => kid))
  expectThat(kids.size === copies.length, 'externalAccount.keys', copies.length, {
    expected: 'keys of different kid',
    such: EAB_SUCH,
  })
  return Object.freeze({
    ...('required' in given && { required: required as boolean }),
    ...('keys' in given && { keys: Object.freeze(copies) }),
  })
}

/** Nothing of it is told: the key is a secret, and somebody may have put it into the wrong place. */
function checkedKey(value: unknown): ExternalAccountKey {
  const {
    kid,
    hmacKey,
    reusable = false,
  } = members('A key of externalAccount', value, ['kid', 'hmacKey', 'reusable'], EAB_SUCH, false)
  const holds =
    typeof kid === 'string' &&
    kid !== '' &&
    (decodeBase64url(hmacKey)?.length ?? 0) >= LEAST_KEY_BYTES &&
    typeof reusable === 'boolean'
  expectThat(holds, 'A key of externalAccount', 'something else', {
    expected: `a kid, and an hmacKey of ${LEAST_KEY_BYTES} bytes at least in base64url without padding`,
    such: EAB_SUCH,
  })
  return Object.freeze({ kid: kid as string, hmacKey: hmacKey as string, ...(reusable === true && { reusable }) })
}

/** As {@link checkedExternalAccount}. Names begin with a letter: of those that look like numbers the order would be lost. */
export function checkedProfiles(value: unknown, longestSeconds: number): CaSettings['profiles'] {
  expectThat(isObject(value) && !Array.isArray(value), 'profiles', value, { expected: 'an object', such: PROFILES_SUCH })
  const entries = Object.entries(value as object).map(([name, profile]) => {
    const what = `profiles.${name}`
    expectThat(/^[A-Za-z][\w-]{0,63}$/.test(name), 'The name of a profile', name, {
      expected: 'a letter, then letters, digits, _ and -',
      such: PROFILES_SUCH,
    })
    const { description, lifetimeSeconds, maxNames, ...copy } = members(
      what,
      profile,
      ['description', 'lifetimeSeconds', 'maxNames'],
      PROFILES_SUCH,
    )
    expectThat(typeof description === 'string' && description !== '', `${what}.description`, description, {
      expected: 'text',
      such: PROFILES_SUCH,
    })
    if (lifetimeSeconds !== undefined) checkNumber(`${what}.lifetimeSeconds`, lifetimeSeconds, 1, longestSeconds, PROFILES_SUCH)
    if (maxNames !== undefined) checkNumber(`${what}.maxNames`, maxNames, 1, MOST_NAMES, PROFILES_SUCH)
    const limits = { ...(lifetimeSeconds !== undefined && { lifetimeSeconds }), ...(maxNames !== undefined && { maxNames }) }
    return [name, Object.freeze({ ...copy, description, ...limits })]
  })
  return Object.freeze(Object.fromEntries(entries)) as CaSettings['profiles']
}

/** As {@link checkedExternalAccount}. */
export function checkedLimits(value: unknown): CaSettings['limits'] {
  const { requests, ...others } = members('limits', value, [...LIMITED, 'requests'], LIMITS_SUCH)
  const checked = checkedEach('limits', others)
  if (requests === undefined) return checked
  return Object.freeze({
    ...checked,
    requests: checkedEach('limits.requests', members('limits.requests', requests, RESOURCES, LIMITS_SUCH)),
  })
}

function checkedEach(what: string, limits: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(limits).filter(([, limit]) => limit !== undefined)
  const copies = entries.map(([name, limit]) => {
    const copy = members(`${what}.${name}`, limit, ['count', 'perSeconds', 'burst'], LIMITS_SUCH)
    for (const member of ['count', 'perSeconds', 'burst']) {
      if (member === 'burst' && copy.burst === undefined) continue
      checkNumber(`${what}.${name}.${member}`, copy[member], 1, Number.MAX_SAFE_INTEGER, LIMITS_SUCH)
    }
    return [name, Object.freeze({ ...copy })]
  })
  return Object.freeze(Object.fromEntries(copies))
}

/** The members of an object that has none but these. */
function members(
  what: string,
  value: unknown,
  known: readonly string[],
  such: string,
  shown = true,
): Readonly<Record<string, unknown>> {
  const expected = `an object with ${known.join(', ')}`
  expectThat(isObject(value) && !Array.isArray(value), what, shown ? value : 'something else', { expected, such })
  const other = Object.keys(value as object).find((member) => !known.includes(member))
  expectThat(other === undefined, `A member of ${what}`, shown ? other : 'another one', {
    expected: `one of ${known.join(', ')}`,
    such,
  })
  return value as Readonly<Record<string, unknown>>
}

function checkNumber(what: string, value: unknown, least: number, most: number, such: string): void {
  const holds = Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
  expectThat(holds, what, value, { expected: `a whole number from ${least} to ${most}`, such })
}
