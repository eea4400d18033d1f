import { Counter, Gauge, Registry } from 'prom-client';
import type { LiveView } from '../live-view.ts';
import { metricTable } from './metric-table.ts';

/** Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** A run as metrics. */
export async function metricsText(view: LiveView): Promise<string> {
  const registry = new Registry();
  for (const { name, type, help, labels, samples } of metricTable) {
    const made = samples(view);
    if (made.length === 0) continue;
    const options = { name, help, labelNames: ['host', ...labels], registers: [registry] };
    const add = type === 'counter' ? adder(new Counter(options)) : setter(new Gauge(options));
    for (const sample of made) add({ host: view.host, ...sample.labels }, sample.value);
  }
  return await registry.metrics();
}

type Add = (labels: Readonly<Record<string, string>>, value: number) => void;

function adder(counter: Counter): Add {
  return (labels, value) => counter.inc(labels, value);
}

function setter(gauge: Gauge): Add {
  return (labels, value) => gauge.set(labels, value);
}
