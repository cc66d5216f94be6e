/** Counts for `/metrics`, in Prometheus' text format. Labels hold routes and status codes, never ids or content. */
export type Metrics = {
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

  return {
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
      const duration = 'chatkeep_request_duration_seconds'
      return `${[
        '# TYPE chatkeep_requests_total counter',
        ...[...requests].map(([labels, count]) => `chatkeep_requests_total${labels} ${count}`),
        `# TYPE ${duration} histogram`,
        ...BUCKETS_SECONDS.map((limit, index) => `${duration}_bucket{le="${limit}"} ${buckets[index]}`),
        `${duration}_bucket{le="+Inf"} ${requestCount}`,
        `${duration}_sum ${requestSeconds.toFixed(6)}`,
        `${duration}_count ${requestCount}`,
        '# TYPE chatkeep_operations_stored_total counter',
        `chatkeep_operations_stored_total ${stored}`,
        '# TYPE chatkeep_event_streams gauge',
        `chatkeep_event_streams ${openStreams}`,
      ].join('\n')}\n`
    },
  }
}
