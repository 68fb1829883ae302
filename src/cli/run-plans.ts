import type { AdminAddress } from '../admin/address.ts';
import type { AdminServer } from '../admin/server.ts';
import { systemClock } from '../contract/clock.ts';
import type { PipelinePlan } from '../contract/pipeline.ts';
import type { PipelineEnd, PipelineView } from '../contract/stats.ts';
import { Supervisor } from '../engine/supervisor.ts';
import { loadConnector } from '../registry.ts';
import type { FlushingLogger } from '../support/logging/log.ts';
import type { Host } from './host.ts';
import type { Progress } from './progress.ts';
import { reportFields, reportText } from './report.ts';
import type { RunCommandFlags } from './run-flags.ts';
import { followSignals } from './signals.ts';
import type { Uncaught } from './uncaught.ts';
import { version } from './version.ts';

export interface Running {
  readonly flags: RunCommandFlags;
  readonly host: Host;
  readonly log: FlushingLogger;
  readonly progress: Progress;
  readonly address: AdminAddress | undefined;
  readonly stateDir: string;
  readonly uncaught: Uncaught;
}

/** More than closing all parts of a pipeline takes, after what was in work has ended or was given up. */
const CLOSE_MS = 30_000;

/** Runs the plans to their ends, with admin server, signals, status line and report around them. */
export async function runPlans(
  plans: readonly PipelinePlan[],
  { flags, host, log, progress, address, stateDir, uncaught }: Running,
): Promise<readonly PipelineEnd[]> {
  const supervisor = new Supervisor(plans);
  const views = supervisor.pipelines;
  const admin = address === undefined ? undefined : await openAdmin(address, flags, views, log);
  const graceMs = Math.max(...plans.map(({ options }) => options.shutdownTimeoutMs));
  uncaught.stopWith((reason) => supervisor.stop(reason), graceMs + CLOSE_MS);
  const unfollow = followSignals(host, {
    stop(reason) {
      log.info(
        `${reason}, stopping: finishing what is in work, at most ${Math.ceil(graceMs / 1_000)} s; again to end at once`,
      );
      supervisor.stop(reason);
    },
    reopen() {
      log.info('SIGHUP: reopening files');
      supervisor.reopen().catch((error: unknown) => log.error(`could not reopen files: ${String(error)}`));
    },
    abandon() {
      log.warn('ended at once by a second signal; what was in work comes again at the next start');
      log.flush();
      progress.stop();
    },
  });
  const startedAt = performance.now();
  progress.start(views);
  try {
    const ends = await supervisor.run();
    progress.stop();
    for (const view of views) {
      await tellReport(view, { flags, host, log, stateDir, ranMs: performance.now() - startedAt });
    }
    return ends;
  } finally {
    progress.stop();
    unfollow();
    await admin?.close();
    log.flush();
  }
}

async function openAdmin(
  address: AdminAddress,
  { adminToken: token }: RunCommandFlags,
  pipelines: readonly PipelineView[],
  log: FlushingLogger,
): Promise<AdminServer> {
  const { startAdmin } = await import('../admin/server.ts');
  const admin = await startAdmin({ address, token, pipelines, clock: systemClock, version: version() });
  log.info(`health and metrics are served at ${admin.url}/healthz, /readyz and /metrics`);
  return admin;
}

async function tellReport(
  view: PipelineView,
  at: Pick<Running, 'flags' | 'host' | 'log' | 'stateDir'> & { ranMs: number },
): Promise<void> {
  const context = {
    ranMs: at.ranMs,
    stateDir: at.stateDir,
    dryRun: at.flags.dryRun === true,
    ...(await resumptionOf(view.sourceType)),
    lag: await view.lag(),
  };
  at.log.flush();
  if (at.flags.logFormat === 'json')
    at.log.info(`report of pipeline ${view.name}`, reportFields(view, context));
  else at.host.err(reportText(view, context));
}

async function resumptionOf(
  sourceType: string | undefined,
): Promise<{ resumable: boolean; queue: boolean; positionsIn?: string | undefined }> {
  const definition = sourceType === undefined ? undefined : await loadConnector('source', sourceType);
  if (definition?.kind !== 'source') return { resumable: true, queue: false };
  const { resumable, positionsIn, retries } = definition;
  return { resumable, queue: retries === 'source', positionsIn };
}
