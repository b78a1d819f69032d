import { VERSION } from '../config.js';
import { Tracing } from '../node/tracing.js';

/** For the last spans to reach the collector; a stop waits no longer. */
const FLUSH_MS = 2_000;
/** Between two lines about spans that reach no collector. */
const COMPLAINT_MS = 10 * 60 * 1000;

export interface RunningTracing {
  readonly tracing: Tracing;
  /** Sends what was not sent yet, for FLUSH_MS at most; never rejects. */
  stop(): Promise<void>;
}

/**
 * OpenTelemetry, as the variables OTEL_… set it; undefined, and nothing of it loaded, if there is no such variable, or
 * OTEL_SDK_DISABLED is true.
 */
export async function startTracing(environment: NodeJS.ProcessEnv): Promise<RunningTracing | undefined> {
  const isAsked = Object.keys(environment).some((name) => name.startsWith('OTEL_'));
  if (!isAsked || environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  const [api, { core, NodeSDK, resources }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-node'),
  ]);
  const { envDetector, hostDetector, resourceFromAttributes } = resources;
  const sdk = new NodeSDK({
    // What the environment says comes after, and counts.
    resource: resourceFromAttributes({ 'service.name': 'corrente', 'service.version': VERSION }),
    // Not that of the process: it tells the arguments to the collector.
    resourceDetectors: [envDetector, hostDetector],
    metricReaders: [],
    logRecordProcessors: [],
  });
  const tracing = new Tracing({ api });
  core.setGlobalErrorHandler((error) => tracing.lost(messageOf(error).slice(0, 200)));
  sdk.start();
  const flush = () => sdk.shutdown().catch(() => undefined);
  const patience = () => new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
  return { tracing, stop: () => Promise.race([flush(), patience()]) };
}

/** Says now and then that spans are lost. */
export function complainOfLost(tracing: Tracing, log: { warn(details: object, message: string): void }): void {
  let complainedAt = -Infinity;
  tracing.complainBy((reason) => {
    if (performance.now() - complainedAt < COMPLAINT_MS) return;
    complainedAt = performance.now();
    log.warn({ reason }, 'traces do not reach their collector');
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
