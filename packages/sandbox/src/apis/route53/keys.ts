import type { SandboxRuntime } from '../../runtime.ts'
import { newId } from './hosted-zones.ts'
import { Route53Refusal } from './refusal.ts'
import type { Route53Credentials, Route53Operation, Route53Policy } from './route53-api.ts'

/** The access keys of the account. */
export interface Keys {
  /** Undefined for a key that nobody has. */
  secretOf(accessKeyId: string): string | undefined
  /** @throws Route53Refusal `AccessDenied` when the key may not do this */
  check(accessKeyId: string, operation: Route53Operation, zoneId: string | undefined): void
  add(policy: Route53Policy): Route53Credentials
}

/** @param first a key that may do everything */
export function createKeys(first: Route53Credentials, runtime: SandboxRuntime): Keys {
  const keys = new Map<string, { secret: string; policy: Route53Policy }>()
  const put = (credentials: Route53Credentials, policy: Route53Policy): Route53Credentials => {
    keys.set(credentials.accessKeyId, { secret: credentials.secretAccessKey, policy })
    return credentials
  }
  put(first, {})
  return {
    secretOf: (accessKeyId) => keys.get(accessKeyId)?.secret,
    check(accessKeyId, operation, zoneId) {
      const { operations, zones } = keys.get(accessKeyId)?.policy ?? {}
      const mayDo = operations?.includes(operation) ?? true
      const maySee = zoneId === undefined || (zones?.includes(zoneId) ?? true)
      if (mayDo && maySee) return
      // https://github.com/go-acme/lego/issues/716
      const resource = zoneId === undefined ? '' : ` on resource: arn:aws:route53:::hostedzone/${zoneId}`
      const user = 'arn:aws:iam::123456789012:user/sandbox'
      const message = `User: ${user} is not authorized to perform: route53:${operation}${resource}`
      throw new Route53Refusal(403, 'AccessDenied', message)
    },
    add: (policy) => put(newRoute53Credentials(runtime), policy),
  }
}

/** A new access key, as those of AWS look. */
export function newRoute53Credentials(runtime: SandboxRuntime): Route53Credentials {
  const accessKeyId = newId('AKIA', runtime).slice(0, 20)
  return { accessKeyId, secretAccessKey: Buffer.from(runtime.random.bytes(30)).toString('base64') }
}
