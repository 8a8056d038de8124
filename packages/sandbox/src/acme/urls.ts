/** Where everything of the CA is. */
export interface Urls {
  readonly base: string
  readonly directory: string
  readonly terms: string
  account(id: string): string
  orders(id: string): string
  order(id: string): string
  finalize(id: string): string
  authorization(id: string): string
  challenge(id: string): string
  certificate(id: string): string
  alternate(id: string, n: number): string
  readonly renewalInfo: string
}

/** @param base of all of them, without a final slash */
export function createUrls(base: string): Urls {
  return {
    base,
    directory: `${base}/directory`,
    terms: `${base}/terms`,
    account: (id) => `${base}/account/${id}`,
    orders: (id) => `${base}/account/${id}/orders`,
    order: (id) => `${base}/order/${id}`,
    finalize: (id) => `${base}/order/${id}/finalize`,
    authorization: (id) => `${base}/authorization/${id}`,
    challenge: (id) => `${base}/challenge/${id}`,
    certificate: (id) => `${base}/certificate/${id}`,
    alternate: (id, n) => `${base}/certificate/${id}/${n}`,
    renewalInfo: `${base}/renewal-info`,
  }
}
