import type { WrittenAnswer } from '../faults.ts'
import { type XmlElement, xmlDocument } from './xml-writer.ts'

/** A request that Route 53 does not carry out. */
export class Route53Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'Route53Refusal'
    this.status = status
    this.code = code
  }
}

/** 400, in the words of https://github.com/pcorliss/ruby_route_53/issues/35. */
export function invalidXml(why: string): Route53Refusal {
  return invalidInput(`Invalid XML ; ${why}`)
}

/** 400 */
export function invalidInput(message: string): Route53Refusal {
  return new Route53Refusal(400, 'InvalidInput', message)
}

/** 400: all that is wrong with a batch, in a list (https://github.com/kubernetes-sigs/external-dns/issues/5939). */
export function invalidChangeBatch(problems: readonly string[]): Route53Refusal {
  return new Route53Refusal(400, 'InvalidChangeBatch', `[${problems.join(', ')}]`)
}

/** 404 */
export function noSuchHostedZone(id: string): Route53Refusal {
  return new Route53Refusal(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${id}`)
}

/**
 * The answer to a refused request. AWS no longer sends the other document that its model has for batches,
 * `<InvalidChangeBatch>` (https://github.com/awslabs/aws-sdk-kotlin/issues/1435).
 */
export function refusalDocument(
  { status, code, message }: Pick<Route53Refusal, 'status' | 'code' | 'message'>,
  requestId: string,
): string {
  const error: XmlElement = [
    'Error',
    [
      ['Type', status < 500 ? 'Sender' : 'Receiver'],
      ['Code', code],
      ['Message', message],
    ],
  ]
  return xmlDocument(['ErrorResponse', [error, ['RequestId', requestId]]])
}

/** Answers for faults, which only a busy Route 53 gives. */
export interface Route53FaultAnswers {
  /** More requests than allowed: 400 `Throttling` (https://github.com/boto/botocore/pull/682). */
  readonly throttling: WrittenAnswer
  /** A batch for the same zone is being worked on: 400 (https://github.com/pcorliss/ruby_route_53/issues/34). */
  readonly priorRequestNotComplete: WrittenAnswer
  /** 403 for credentials whose time is over. */
  readonly expiredToken: WrittenAnswer
  /** 503 */
  readonly serviceUnavailable: WrittenAnswer
}

export const FAULT_ANSWERS: Route53FaultAnswers = {
  throttling: written(400, 'Throttling', 'Rate exceeded'),
  priorRequestNotComplete: written(
    400,
    'PriorRequestNotComplete',
    'The request was rejected because Route 53 was still processing a prior request.',
  ),
  expiredToken: written(403, 'ExpiredToken', 'The security token included in the request is expired'),
  serviceUnavailable: written(503, 'ServiceUnavailable', 'Service is unavailable.'),
}

function written(status: number, code: string, message: string): WrittenAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body: refusalDocument({ status, code, message }, 'a-fault') }
}
