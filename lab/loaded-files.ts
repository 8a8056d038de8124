// Started before the command, by `node --import`: writes down each file that is loaded into the file of LOADED_FILES.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const list = process.env.LOADED_FILES
if (list === undefined) throw new Error('LOADED_FILES names the file to write to')
registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(list, `${url}\n`)
    return nextLoad(url, context)
  },
})
