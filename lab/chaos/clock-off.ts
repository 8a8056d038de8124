// Given to a command by `node --import`: its clock is off by so many ms, as that of a machine that nobody has set.
const off = Number(process.env.CHAOS_CLOCK_OFF_MS ?? 0)
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...given: [] | ConstructorParameters<typeof RealDate>) {
    if (given.length === 0) super(RealDate.now() + off)
    else super(...given)
  }

  static override now(): number {
    return RealDate.now() + off
  }
} as DateConstructor
