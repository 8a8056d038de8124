import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type RRType,
} from '@aws-sdk/client-route-53'
import type { Route53Sdk, SdkSettings } from './types.ts'

// The only file that knows the SDK. scripts/build.ts bundles it with the parts of the SDK that it uses.

/**
 * AWS's SDK for one set of credentials. It sends each request once: its own repeating sleeps by a timer that no signal ends.
 * Credentials are looked for with the first request.
 */
export function route53Sdk({ region, endpoint, profile, credentials, timeoutMs }: SdkSettings): Route53Sdk {
  const client = new Route53Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    ...(credentials !== undefined && { credentials }),
    // Both said, or the environment decides.
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // Without it the SDK writes a warning, and goes on waiting.
      throwOnRequestTimeout: true,
    },
  })

  return {
    getHostedZone: (id, abortSignal) => client.send(new GetHostedZoneCommand({ Id: id }), { abortSignal }),
    listHostedZones: (marker, abortSignal) =>
      client.send(new ListHostedZonesCommand({ ...(marker !== undefined && { Marker: marker }) }), { abortSignal }),
    listRecordSets: (zoneId, { name, type, identifier }, maxItems, abortSignal) =>
      client.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          MaxItems: maxItems,
          ...(name !== undefined && { StartRecordName: name }),
          ...(type !== undefined && { StartRecordType: type as RRType }),
          ...(identifier !== undefined && { StartRecordIdentifier: identifier }),
        }),
        { abortSignal },
      ),
    change(zoneId, changes, abortSignal) {
      const Changes = changes.map(({ action, set: { name, type, ttl, values } }) => ({
        Action: action,
        ResourceRecordSet: {
          Name: `${name}.`,
          Type: type as RRType,
          TTL: ttl,
          ResourceRecords: values.map((Value) => ({ Value })),
        },
      }))
      return client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }), { abortSignal })
    },
    getChange: (id, abortSignal) => client.send(new GetChangeCommand({ Id: id }), { abortSignal }),
    destroy: () => client.destroy(),
  }
}
