/** Whether credentials may be sent to a URL: over TLS, or in clear text to this machine at most. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback)) && `${username}${password}${search}${hash}` === ''
}
