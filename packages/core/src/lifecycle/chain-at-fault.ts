/** Whether the certificate may be right, and only what came with it is not: then the order stays, and is downloaded once more. */
export function isChainAtFault(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'chainAtFault' in cause && cause.chainAtFault === true
}
