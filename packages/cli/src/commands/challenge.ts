import type { Context } from '../context.ts'
import { EXIT_CODES } from '../exit.ts'
import { printable, shortened } from '../output/text.ts'

/** `challenge TOKEN`: what a web server answers when a CA asks for the token, for those that can run a program. */
export async function challenge({ output, domainctl }: Context, token: string): Promise<number> {
  const keyAuthorization = await (await domainctl()).challengeResponse(token)
  if (output.json) output.document({ token, keyAuthorization })
  else if (keyAuthorization !== null) output.print(keyAuthorization)
  else output.complain(`No order waits for the token ${printable(shortened(token))}.`)
  return keyAuthorization === null ? EXIT_CODES['not-ready'] : 0
}
