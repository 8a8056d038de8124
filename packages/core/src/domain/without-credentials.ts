/**
 * A text that may be a URL, for an error message: what may be a user, a password or a token before an `@` is left out. Rather
 * too much than too little, since the text was refused and may be no URL.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/:(\/\/)?.*@/s, (_, slashes = '') => `:${slashes}…@`)
}
