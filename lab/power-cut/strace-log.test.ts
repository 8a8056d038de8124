import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCalls } from './strace-log.ts'

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
const bytes = fc.uint8Array({ maxLength: 40 })

const call = fc.record({
  process: fc.integer({ min: 1, max: 4 }),
  descriptor: fc.nat(99),
  path: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  data: bytes,
  at: fc.nat(),
  isCut: fc.boolean(),
})

test('calls are read back as they were written, also those during which others happened', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
      const lines: string[] = []
      /** What each process has begun. */
      const open = new Map<number, { end: string; expected: unknown }>()
      const expected: unknown[] = []
      const finish = (process: number) => {
        const begun = open.get(process)
        if (!begun) return
        open.delete(process)
        lines.push(begun.end)
        expected.push(begun.expected)
      }
      for (const { process, descriptor, path, data, at, isCut } of calls) {
        finish(process)
        const begin = `${process}  pwrite64(${descriptor}<${hex(Buffer.from(path))}>, "${hex(data)}", ${data.length}, ${at}`
        const what = { process, path, data: Buffer.from(data).toString('hex'), at, result: data.length }
        if (isCut) {
          lines.push(`${begin} <unfinished ...>`)
          open.set(process, { end: `${process} <... pwrite64 resumed>) = ${data.length}`, expected: what })
        } else {
          lines.push(`${begin}) = ${data.length}`)
          expected.push(what)
        }
      }
      for (const process of [...open.keys()]) finish(process)
      const read = readCalls(`${lines.join('\n')}\n`).map(({ process, args, result }) => {
        const [file, data, , at] = args
        return { process, path: file?.path, data: data?.bytes[0]?.toString('hex'), at: Number(at?.text), result }
      })
      expect(read).toEqual(expected)
    }),
  )
})

test('a vector, a folder, flags, a file without a name, and an error', () => {
  const log = [
    `7 writev(3<${hex(Buffer.from('/a,b)'))}>, [{iov_base="\\x61", iov_len=1}, {iov_base="\\x62\\x63", iov_len=2}], 2) = 3`,
    `7 openat(AT_FDCWD<${hex(Buffer.from('/run'))}>, "${hex(Buffer.from('x y'))}", O_WRONLY|O_CREAT, 0600) = 4<${hex(Buffer.from('/run/x y'))}>`,
    `7 fsync(4<${hex(Buffer.from('/run/x y'))}>(deleted)) = 0`,
    `7 mkdir("${hex(Buffer.from('/run'))}", 0700) = -1 EEXIST (File exists)`,
    '7 fsync(4 <unfinished ...>) = ?',
    '7 +++ exited with 0 +++',
  ]
  const calls = readCalls(log.join('\n'))
  expect(calls.map(({ name, result, resultPath }) => [name, result, resultPath])).toEqual([
    ['writev', 3, null],
    ['openat', 4, '/run/x y'],
    ['fsync', 0, null],
    ['mkdir', -1, null],
  ])
  expect(calls[0]?.args[1]?.bytes.map(String)).toEqual(['a', 'bc'])
  expect(calls[1]?.args.map(({ path }) => path)).toEqual(['/run', null, null, null])
  expect(calls[2]?.args[0]?.path).toBeNull()
})

test.each([
  ['a string that was cut short', '7 write(1, "\\x61"..., 200) = 200', 'cut a string short'],
  ['a line that is no call', '7 what is this', 'is no call'],
  ['a line without a process', 'write(1, "", 0) = 0', 'has no process'],
  ['an end without a beginning', '7 <... fsync resumed>) = 0', 'never began'],
])('%s is refused', (_, log, why) => {
  expect(() => readCalls(log)).toThrow(why)
})
