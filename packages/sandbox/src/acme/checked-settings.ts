import { checkedExternalAccount, checkedLimits, checkedProfiles } from './checked-features.ts'
import { type Expectation, expectThat, isObject } from './expectation.ts'
import { CA_DEFAULTS, type CaSettings } from './settings.ts'

/** The CA's own certificates are made for longer, so that what it issues fits into them. */
const LONGEST_LIFETIME_SECONDS = 10 * 365 * 86_400

/** A few more than a client that minds itself reads. */
const MOST_ALTERNATES = 12

/** For each member: what is kept of a value that is assigned to it. @throws DomainctlError `USAGE` */
type Checks<T> = { readonly [Member in keyof T]-?: (value: unknown) => unknown }

const SETTINGS: Checks<CaSettings> = {
  lifetimeSeconds: numberFrom(1, LONGEST_LIFETIME_SECONDS, 'lifetimeSeconds', {
    expected: `1 to ${LONGEST_LIFETIME_SECONDS} (10 years)`,
    such: '6 * 86_400 for six days',
  }),
  reuseAuthorizations: yesOrNo('reuseAuthorizations', 'true to have new orders take over what was proven before'),
  nonceReject: numberFrom(0, 1, 'nonceReject', {
    expected: 'a share from 0 to 1',
    such: '0.2 to have every fifth good nonce refused',
  }),
  delayMs: numberFrom(0, Number.MAX_VALUE, 'delayMs', {
    expected: 'milliseconds, 0 or more',
    such: '250 for a quarter of a second',
  }),
  processingLooks: numberFrom(0, Number.POSITIVE_INFINITY, 'processingLooks', {
    expected: 'a number, 0 or more',
    such: '2, or Infinity for orders that never become valid',
  }),
  retryAfter: checkedRetryAfter,
  alternateChains: numberFrom(0, MOST_ALTERNATES, 'alternateChains', {
    expected: `a number, 0 to ${MOST_ALTERNATES}`,
    such: '1 for one root more than its own',
  }),
  sentChain: oneOf('sentChain', ['whole', 'leaf', 'another']),
  httpPort: port('httpPort'),
  httpsPort: port('httpsPort'),
  renewalInfo: yesOrNo('renewalInfo', 'false for a CA without ARI'),
  externalAccount: checkedExternalAccount,
  profiles: (value) => checkedProfiles(value, LONGEST_LIFETIME_SECONDS),
  limits: checkedLimits,
}

const RETRY_AFTER: Checks<CaSettings['retryAfter']> = {
  authorization: secondsOrDate('retryAfter.authorization'),
  order: secondsOrDate('retryAfter.order'),
  renewalInfo: secondsOrDate('retryAfter.renewalInfo'),
}

/**
 * The settings that a CA starts with; what is assigned to them later is checked as well.
 * @throws DomainctlError `USAGE`
 */
export function checkedSettings(given: Partial<CaSettings>): CaSettings {
  const defaults = { ...CA_DEFAULTS, retryAfter: checkedRetryAfter({}) }
  return Object.assign(checking('settings', defaults, SETTINGS), given)
}

/** With getters as they are, so that a date can go by the time at which it is asked for. */
function checkedRetryAfter(given: unknown): CaSettings['retryAfter'] {
  expectThat(isObject(given), 'retryAfter', given, {
    expected: 'an object with authorization, order or renewalInfo',
    such: '{ order: 3 } for three seconds',
  })
  const checked = Object.assign(checking<CaSettings['retryAfter']>('retryAfter', {}, RETRY_AFTER), given)
  for (const [member, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(given))) {
    if (descriptor.get) Object.defineProperty(checked, member, { ...descriptor, configurable: true })
  }
  return checked
}

/**
 * A copy of the defaults whose members can be set to nothing but what the checks let pass, and by undefined back to the
 * default. A proxy, not accessors: those would pass for getters of the caller's when settings are copied and put back.
 */
function checking<T extends object>(what: string, defaults: T, checks: Checks<T>): T {
  const isMember = (name: string | symbol): name is keyof T & string => Object.hasOwn(checks, name)
  return new Proxy<T>(
    { ...defaults },
    {
      set(target, name, value) {
        if (isMember(name)) return Reflect.set(target, name, value === undefined ? defaults[name] : checks[name](value))
        const expected = `one of ${Object.keys(checks).join(', ')}`
        expectThat(false, `A member of ${what}`, String(name), { expected, such: `${what}.${Object.keys(checks)[0]}` })
        return false
      },
    },
  )
}

function numberFrom(least: number, most: number, what: string, expectation: Expectation) {
  return (value: unknown) => {
    // NaN is neither.
    expectThat(typeof value === 'number' && value >= least && value <= most, what, value, expectation)
    return value
  }
}

function oneOf(what: string, values: readonly string[]) {
  return (value: unknown) => {
    const expected = `one of ${values.join(', ')}`
    expectThat(values.includes(String(value)), what, value, { expected, such: `'${values[1]}'` })
    return value
  }
}

function yesOrNo(what: string, such: string) {
  return (value: unknown) => {
    expectThat(typeof value === 'boolean', what, value, { expected: 'true or false', such })
    return value
  }
}

function port(what: string) {
  return (value: unknown) => {
    const isPort = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
    expectThat(isPort, what, value, { expected: 'a port, 1 to 65535', such: '5002 for a web server that listens there' })
    return value
  }
}

function secondsOrDate(what: string) {
  return (value: unknown) => {
    const number = value instanceof Date ? value.getTime() : value
    expectThat(typeof number === 'number' && number >= 0 && Number.isFinite(number), what, value, {
      expected: 'seconds, 0 or more, or a date',
      such: '3 for three seconds',
    })
    return value
  }
}
