/** A process of its own for tests: `node file-set.test.child.ts place|read FOLDER`, until it is killed or its standard input ends. */
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { placeSet } from './file-set.ts'
import { generationOf, setOf } from './file-set-content.test.support.ts'
import { CURRENT } from './file-set-standing.ts'

const [verb, folder = ''] = process.argv.slice(2)
let ended = false
process.stdin.on('end', () => {
  ended = true
})
process.stdin.resume()

if (verb === 'place') {
  console.log('ready')
  for (let n = Date.now(); !ended; n++) {
    await placeSet(folder, setOf(n))
    console.log('placed')
  }
}

if (verb === 'read') {
  const seen = new Set<string>()
  let reads = 0
  for (; !ended; reads++) {
    // As a program does that wants files that belong together: the folder is resolved once.
    const set = await realpath(join(folder, CURRENT))
    seen.add(await generationOf(set))
    // And as one that knows nothing of sets: each of the files is there at any time.
    await readFile(join(folder, 'fullchain.pem'))
    if (reads === 0) console.log('reading')
  }
  console.log(JSON.stringify({ reads, generations: seen.size, mixed: [...seen].filter((one) => one.startsWith('mixed')) }))
}
