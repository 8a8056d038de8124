import { describe, expect, it } from 'vitest'
import { faultOf, type Stage } from './faults.ts'

const failed = (code: string, message = code) => Object.assign(new Error(message), { code })

describe('a fault', () => {
  it.each<[string, Stage, string, string, string]>([
    ['ENETUNREACH', 'connecting', '2001:db8::1', 'no-route', 'this machine has no way to IPv6'],
    ['EADDRNOTAVAIL', 'connecting', '2001:db8::1', 'no-route', 'this machine has no way to IPv6'],
    ['ECONNREFUSED', 'connecting', '2001:db8::1', 'unreachable', 'nothing listens (connection refused)'],
    ['EHOSTUNREACH', 'connecting', '2001:db8::1', 'unreachable', 'nothing can be reached (no route to the host)'],
    ['ENETUNREACH', 'connecting', '192.0.2.1', 'unreachable', 'nothing can be reached (no route to the network)'],
    ['ENETUNREACH', 'answering', '2001:db8::1', 'unreachable', 'nothing can be reached (no route to the network)'],
    ['ECONNRESET', 'securing', '192.0.2.1', 'tls', 'TLS fails: the connection is reset before there is an answer'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'securing', '192.0.2.1', 'tls', 'TLS fails: tlsv1 unrecognized name'],
    ['HPE_INVALID_CONSTANT', 'answering', '192.0.2.1', 'unreachable', 'what is answered is not HTTP'],
    ['ECONNRESET', 'reading', '192.0.2.1', 'unreachable', 'the answer breaks off before its end'],
    ['EWHATEVER', 'connecting', '192.0.2.1', 'unreachable', 'there is no answer (EWHATEVER)'],
  ])('%s while %s at %s is %s', (code, stage, address, outcome, fault) => {
    expect(faultOf(failed(code), stage, address)).toEqual({ outcome, fault })
  })

  it('has words of its own where it has no code, and whatever is thrown', () => {
    expect(faultOf(new Error('it sings'), 'answering', '192.0.2.1').fault).toBe('it sings')
    expect(faultOf('it sings', 'answering', '192.0.2.1').fault).toBe('it sings')
    expect(faultOf(failed('ECONNRESET', 'socket hang up'), 'answering', '192.0.2.1').fault).toBe(
      'the connection is closed without an answer',
    )
  })
})
