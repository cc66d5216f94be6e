import { monitorEventLoopDelay } from 'node:perf_hooks'

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>

/** Counts for `/metrics`, in Prometheus' text format. Labels hold routes and status codes, never ids or content. */
export type Metrics = {
  /** Call it when a request begins, and what it answers when that one ends. */
  requestStarted(): () => void
  poked(): void
  requestFinished(labels: { method: string; route: string; status: number; seconds: number }): void
  operationsStored(count: number): void
  eventStreamsChanged(open: number): void
  text(): string
}

const BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.5, 2.5, 10]

export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const buckets = BUCKETS_SECONDS.map(() => 0)
  let requestCount = 0
  let requestSeconds = 0
  let stored = 0
  let openStreams = 0
  let inFlight = 0
  let pokes = 0
  // Sampled from the first scrape on: a server that nobody watches needs no timer.
  let loopDelay: LoopDelay | undefined

  return {
    requestStarted() {
      inFlight += 1
      return () => {
        inFlight -= 1
      }
    },
    poked() {
      pokes += 1
    },
    requestFinished({ method, route, status, seconds }) {
      const labels = `{method="${method}",route="${route}",status="${status}"}`
      requests.set(labels, (requests.get(labels) ?? 0) + 1)
      requestCount += 1
      requestSeconds += seconds
      for (const [index, limit] of BUCKETS_SECONDS.entries())
        if (seconds <= limit) buckets[index] = (buckets[index] ?? 0) + 1
    },
    operationsStored(count) {
      stored += count
    },
    eventStreamsChanged(open) {
      openStreams = open
    },
    text() {
      if (loopDelay === undefined) {
        loopDelay = monitorEventLoopDelay({ resolution: 20 })
        loopDelay.enable()
      }
      const duration = 'chatkeep_request_duration_seconds'
      return `${[
        '# TYPE chatkeep_requests_total counter',
        ...[...requests].map(([labels, count]) => `chatkeep_requests_total${labels} ${count}`),
        `# TYPE ${duration} histogram`,
        ...BUCKETS_SECONDS.map((limit, index) => `${duration}_bucket{le="${limit}"} ${buckets[index]}`),
        `${duration}_bucket{le="+Inf"} ${requestCount}`,
        `${duration}_sum ${requestSeconds.toFixed(6)}`,
        `${duration}_count ${requestCount}`,
        '# TYPE chatkeep_requests_in_flight gauge',
        `chatkeep_requests_in_flight ${inFlight}`,
        '# TYPE chatkeep_pokes_total counter',
        `chatkeep_pokes_total ${pokes}`,
        ...processMetrics(loopDelay),
        '# TYPE chatkeep_operations_stored_total counter',
        `chatkeep_operations_stored_total ${stored}`,
        '# TYPE chatkeep_event_streams gauge',
        `chatkeep_event_streams ${openStreams}`,
      ].join('\n')}\n`
    },
  }
}

/** Under the names that Prometheus' own clients use. The delay is of the time since the last scrape. */
function processMetrics(loopDelay: LoopDelay): string[] {
  const { user, system } = process.cpuUsage()
  const delaySeconds = loopDelay.max / 1e9
  loopDelay.reset()
  return [
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${(user + system) / 1e6}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${(performance.timeOrigin / 1_000).toFixed(0)}`,
    '# TYPE nodejs_eventloop_lag_max_seconds gauge',
    `nodejs_eventloop_lag_max_seconds ${delaySeconds.toFixed(3)}`,
  ]
}
