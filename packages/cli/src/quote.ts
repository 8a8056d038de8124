/** A word that a shell takes as one argument: `*.example.com` → `'*.example.com'`. */
export function quote(word: string): string {
  return /^[\p{L}\p{M}\p{N}_.@:/=-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
