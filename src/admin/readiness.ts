import type { PipelineState, PipelineView } from '../contract/stats.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly pipelines: Readonly<Record<string, PipelineReadiness>>;
}

interface PipelineReadiness {
  readonly ready: boolean;
  readonly state: PipelineState;
  /** Why it is not ready, or why it ended. */
  readonly reason?: string;
}

/** Ready: every pipeline does its work or has ended as asked. */
export function readiness(pipelines: readonly PipelineView[]): Readiness {
  const entries = pipelines.map((view) => [view.name, pipelineReadiness(view)] as const);
  return { ready: entries.every(([, state]) => state.ready), pipelines: Object.fromEntries(entries) };
}

export function pipelineReadiness(view: PipelineView): PipelineReadiness {
  if (view.end !== undefined) {
    return { ready: view.end.exitCode === 0, state: 'ended', reason: view.end.reason };
  }
  const { state, ready, reason } = view.health();
  return reason === undefined ? { ready, state } : { ready, state, reason };
}
