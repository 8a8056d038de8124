/** One number of a metric, told apart from its others by labels. */
export interface Sample {
  labels?: Readonly<Record<string, string>>
  value: number
}

/** A metric with all its samples. */
export interface Metric {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
  name: string
  type: 'counter' | 'gauge'
  help: string
  samples: readonly Sample[]
}

/** Durations in buckets: how many took at most so many seconds. */
export interface Histogram {
  name: string
  help: string
  /** Upper bounds in seconds, ascending; the last bucket, of all, has none. */
  bounds: readonly number[]
  series: readonly { labels: Readonly<Record<string, string>>; counts: readonly number[]; sum: number }[]
}

/** The text format of Prometheus, version 0.0.4. Metrics without a sample are left out. */
export function metricsText(metrics: readonly (Metric | Histogram)[]): string {
  return metrics.map((metric) => ('bounds' in metric ? histogramText(metric) : metricText(metric))).join('')
}

function metricText({ name, type, help, samples }: Metric): string {
  if (samples.length === 0) return ''
  return `${head(name, type, help)}${samples.map(({ labels = {}, value }) => line(name, labels, value)).join('')}`
}

function histogramText({ name, help, bounds, series }: Histogram): string {
  if (series.length === 0) return ''
  const lines = series.map(({ labels, counts, sum }) => {
    const all = counts.reduce((total, count) => total + count, 0)
    let below = 0
    const buckets = bounds.map((bound, i) => {
      below += counts[i] ?? 0
      return line(`${name}_bucket`, { ...labels, le: String(bound) }, below)
    })
    const rest = line(`${name}_bucket`, { ...labels, le: '+Inf' }, all)
    return `${buckets.join('')}${rest}${line(`${name}_sum`, labels, sum)}${line(`${name}_count`, labels, all)}`
  })
  return `${head(name, 'histogram', help)}${lines.join('')}`
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
