// biome-ignore-all lint/style/noRestrictedImports: a part of https-connection.test.ts that runs in a process of its own
/** A process of its own for tests: `node doh.test.child.ts URL` asks for TXT example.test and prints the values. */
import { systemClock } from '../runtime/clock.ts'
import { HttpsResolver } from './doh.ts'

const resolver = new HttpsResolver(new URL(process.argv[2] ?? ''), systemClock())
const reply = await resolver.ask({ name: 'example.test', type: 'TXT' }, new AbortController().signal)
console.log('failure' in reply ? reply.reason : reply.answers.map(({ value }) => value).join())
