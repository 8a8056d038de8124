import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { DomainctlError, type Issuance } from '@domainctl/core'
import { vi } from 'vitest'
import { type Engine, openEngine, readChain } from '../../lifecycle/engine.ts'
import { valuesAt } from '../../lifecycle/lookup.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import { pebblePaths } from '../fault-rule.ts'
import { isFoundByPebble } from '../servers/pebble-serials.ts'
import type { LabWorld } from '../world.ts'
import { type CellClock, cellClock } from './cell-clock.ts'
import { type FaultKind, type Request, rulesFor } from './faults.ts'
import { leftIn } from './left-in-state.ts'

/** Nothing takes so long, in ms, unless it hangs. */
const DEADLINE = 60_000

/** What an order leaves behind when it fails is taken away within this time, in ms. */
const SETTLED_WITHIN = 15_000

/** One fault at one kind of request. */
export interface CellCase {
  request: Request
  fault: FaultKind
  /** The fault meets the first request of the kind alone, or each of them. */
  when: 'first' | 'each'
  /** The name of the domain; that of nobody else. */
  name: string
}

/** What became of it. */
export interface Cell {
  /** `issued`, `in 2m` (will be tried again then), or the code of what was refused for good in this run. */
  outcome: string
  /** How many orders the CA has made for the certificate. */
  orders: number
  /** What the first run said of it. */
  said: string
  /** What must never be; none when all is well. */
  faults: string[]
}

/** The cell needs another certificate. */
class NotFoundByPebble extends Error {}

/** Orders while the fault is there, and once more when it has gone and the time has come. */
export async function runCell(
  world: LabWorld,
  chainOf: (names: readonly string[]) => Promise<string>,
  cell: CellCase,
): Promise<Cell> {
  await using opening = new AsyncDisposableStack()
  const proxy = await startFaultProxy(world.pebble)
  opening.defer(() => proxy.stop())
  const clock = cellClock()
  const scene = { ...world, ca: proxy.directoryUrl }
  const engine = opening.use(await openEngine(scene, { runtime: { clock } }))
  const running = new Run(scene, engine, proxy, clock, cell, chainOf)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`it did not end within ${DEADLINE / 1000} s`)), DEADLINE)
  try {
    return await Promise.race([running.run(), late.promise])
  } catch (error) {
    if (error instanceof NotFoundByPebble) return runCell(world, chainOf, cell)
    return {
      outcome: 'fails',
      orders: 0,
      said: '',
      faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    }
  } finally {
    clearTimeout(timer)
  }
}

class Run {
  readonly #world: LabWorld
  readonly #engine: Engine
  readonly #proxy: FaultProxy
  readonly #clock: CellClock
  readonly #cell: CellCase
  readonly #names: readonly string[]
  readonly #chainOf: (names: readonly string[]) => Promise<string>
  readonly #faults: string[] = []

  constructor(
    world: LabWorld,
    engine: Engine,
    proxy: FaultProxy,
    clock: CellClock,
    cell: CellCase,
    chainOf: (names: readonly string[]) => Promise<string>,
  ) {
    this.#world = world
    this.#engine = engine
    this.#proxy = proxy
    this.#clock = clock
    this.#cell = cell
    this.#chainOf = chainOf
    this.#names = [cell.name, `www.${cell.name}`]
  }

  async run(): Promise<Cell> {
    const { request, fault, when } = this.#cell
    const isRenewal = request === 'renewal' || request === 'renewalInfo'
    const before = isRenewal
      ? (await this.#engine.domainctl.issue(this.#cell.name, { san: this.#names.slice(1) })).certificate
      : null
    if (before && !isFoundByPebble(before.serial)) throw new NotFoundByPebble()
    const ordersBefore = this.#orders()
    if (request === 'account' || request === 'orders') await this.#loseOrder()
    const began = this.#now()
    const made = await fault.make({ request, names: this.#names, now: this.#clock.now(), chainOf: this.#chainOf })
    const rules = rulesFor(request, made, when === 'first' ? 1 : undefined).map((rule) => this.#proxy.add(rule))
    // What is read once a day would hide the fault, where an earlier run of this process has read it.
    const first = await this.#open(fault.timeoutMs)
    // Not before: name servers take the time that they take.
    this.#clock.hurryWhile(() => fault.isWaitedOut === true && rules.some(({ hits }) => hits > 0))
    const told = await this.#attempt(first)
    this.#clock.hurryWhile(() => false)
    if (rules.every(({ hits }) => hits === 0)) this.#faults.push('no request has met the fault')
    const outcome = await this.#outcomeOf(told, began)
    if (told instanceof Error) await this.#again(told, isRenewal)
    const { certificate } = await this.#engine.domainctl.get(this.#cell.name)
    if (before && certificate?.serial === before.serial) this.#faults.push('it was not renewed')
    await this.#judge(told)
    const said = told instanceof Error ? told.message : told.reason
    return { outcome, said, orders: this.#orders() - ordersBefore, faults: this.#faults }
  }

  /** A run whose newOrder was served, and whose answer was lost; the next one is due. */
  async #loseOrder(): Promise<void> {
    const rule = this.#proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'lose-answer' } })
    const lost = await this.#attempt(await this.#open())
    if (!(lost instanceof Error)) this.#faults.push('an order whose answer was lost was issued')
    rule.remove()
    this.#clock.advance(PAUSES['1m'])
  }

  #now(): number {
    return this.#clock.now().getTime()
  }

  /** As another process would be. */
  #open(timeoutMs?: number) {
    const { ca } = this.#world
    return this.#engine.again(timeoutMs === undefined ? {} : { cas: { lab: { directory: ca, timeoutMs } } })
  }

  async #attempt({ issue, renew, askRenewalAdvice }: Engine['domainctl']): Promise<Issuance | Error> {
    const { request, name } = this.#cell
    try {
      if (request === 'renewalInfo') await askRenewalAdvice()
      if (request === 'renewal' || request === 'renewalInfo') return await renew(name, { force: true })
      return await issue(name, { san: this.#names.slice(1) })
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  async #outcomeOf(told: Issuance | Error, began: number): Promise<string> {
    if (!(told instanceof Error)) return told.issued ? 'issued' : 'nothing was done'
    if (!(told instanceof DomainctlError)) return told.message
    if (told.hint === '' || told.actor === undefined) this.#faults.push('it does not say what to do, or who')
    if (told.kind !== 'ca-unavailable') return told.code
    if (!told.retryAt) return `${told.code} without a time`
    const failedAt = new Date((await this.#engine.domainctl.get(this.#cell.name)).lastError?.at ?? 0).getTime()
    // What the CA asked for is counted from its answer, before which an order was waited for, and after which it was settled.
    const least = told.retryAt.getTime() - failedAt
    // A date was said before it all began.
    const from = this.#cell.fault.namesDate ? began : Math.max(began, failedAt - SETTLED_WITHIN)
    const most = told.retryAt.getTime() - from
    // A date of HTTP has whole seconds; a pause that the CA did not ask for is longer by up to a tenth, at random.
    const longer = this.#cell.fault.namesTime ? 1 : 1.1
    const fitting = Object.entries(PAUSES).find(([, ms]) => least <= ms * longer + 1_000 && most >= ms - 1_000)
    return fitting ? `in ${fitting[0]}` : `in ${Math.round(least / 1000)}..${Math.round(most / 1000)} s`
  }

  /** What comes after a failure: nothing before its time, and a certificate when the fault has gone. */
  async #again(error: Error, isRenewal: boolean): Promise<void> {
    const { retryAt, code } = error instanceof DomainctlError ? error : { retryAt: undefined, code: '' }
    const { domainctl } = this.#engine
    const kept = (await domainctl.get(this.#cell.name)).lastError
    if (kept?.code !== code) this.#faults.push(`the state has ${kept?.code} as the last error and not ${code}`)
    const left = (retryAt?.getTime() ?? 0) - this.#now()
    // The time that the CA asked for binds also a person, unless they insist; that of the schedule only a scheduler.
    if (this.#cell.fault.namesTime && !isRenewal) await this.#tooEarly()
    this.#proxy.clear()
    if (left > 0) this.#clock.advance(left + 1)
    const second = await this.#attempt(await this.#open())
    if (second instanceof Error) this.#faults.push(`the run after it fails: ${second.message}`)
    else if (!second.issued) this.#faults.push(`the run after it issues nothing: ${second.reason}`)
  }

  async #tooEarly(): Promise<void> {
    const asked = this.#proxy.passed.length
    const early = await this.#attempt(await this.#open())
    if (!(early instanceof Error)) this.#faults.push('it was issued before its time')
    const more = this.#proxy.passed.slice(asked).filter(({ method }) => method === 'POST')
    if (more.length > 0) this.#faults.push(`the CA was asked before its time: ${more.map(({ path }) => path).join(' ')}`)
  }

  #orders(): number {
    const { passed } = this.#proxy
    return passed.filter(({ path, status }) => path === pebblePaths.newOrder && status === 201).length
  }

  /** What has to hold in the end, whatever happened. */
  async #judge(told: Issuance | Error): Promise<void> {
    const { domainctl, directory } = this.#engine
    const { name } = this.#cell
    const { fullchain, privateKey } = await domainctl.export(name)
    const chain = readChain(this.#world, fullchain)
    if (chain.names.join() !== this.#names.toSorted().join()) this.#faults.push(`the certificate is for ${chain.names.join()}`)
    if (!chain.trusted) this.#faults.push('the chain does not lead to the root')
    if (!new X509Certificate(fullchain).checkPrivateKey(createPrivateKey(privateKey ?? '')))
      this.#faults.push('the private key does not fit')
    for (const server of this.#world.servers) await this.#noTxtAt(server)
    for (const [table, count] of Object.entries(leftIn(join(directory, 'state.db'))))
      if (count > 0) this.#faults.push(`${count} rows are left of ${table}`)
    const history = await domainctl.history(name, { limit: 1000 })
    if (history.at(-1)?.event !== 'certificate.stored') this.#faults.push(`the audit ends with ${history.at(-1)?.event}`)
    if (!(told instanceof DomainctlError)) return
    if (!history.some(({ event, message }) => event === 'order.failed' && message.startsWith(told.code)))
      this.#faults.push(`the audit does not tell of ${told.code}`)
  }

  /** Other servers than the primary follow it. */
  async #noTxtAt(server: string): Promise<void> {
    const look = async () => {
      const values = await Promise.all(
        this.#names.map((name) => valuesAt(server, { name: `_acme-challenge.${name}`, type: 'TXT' })),
      )
      if (values.flat().length > 0) throw new Error(`${server} still has ${values.flat().join(' ')}`)
    }
    await vi.waitFor(look, { timeout: 10_000, interval: 20 }).catch((error: Error) => this.#faults.push(error.message))
  }
}

/** The times after which something is tried again, in ms; the longest is what the state keeps of a longer one. */
const PAUSES = { '1m': 60_000, '2m': 120_000, '10m': 600_000, '1d': 86_400_000, '7d': 7 * 86_400_000 } as const
