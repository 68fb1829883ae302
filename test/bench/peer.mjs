// The same job with the real DataHub Actions, where it is installed: `pip install acryl-datahub-actions==1.7.0.17`,
// with `datahub-actions` on the PATH or in DATAHUB_ACTIONS. Its action counts and writes when it saw what.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOf, runOnce, startServer, summary } from './measure.mjs';

const here = import.meta.dirname;
const evrun = join(here, '../../bin/evrun');
const peer = process.env.DATAHUB_ACTIONS ?? 'datahub-actions';

const ACTION = `
import time
from datahub_actions.action.action import Action

class Count(Action):
    @classmethod
    def create(cls, config, ctx):
        return cls(config["path"])

    def __init__(self, path):
        self.path, self.count, self.first = path, 0, None

    def act(self, event):
        now = time.time()
        self.first = self.first or now
        self.count += 1
        if self.count % 100 == 0:
            with open(self.path, "w") as out:
                out.write(f"{self.count} {now - self.first}")

    def close(self):
        pass
`;

export async function peerJob(dir, runs, scale) {
  const count = Math.round(50_000 * scale);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'bench_count.py'), ACTION);
  const server = await startServer(
    join(here, '../fakes/poll-api/main.mjs'),
    JSON.stringify({ events: count, token: 'bench' }),
  );
  const recipe = (name, action, extra) =>
    [
      `name: ${name}`,
      `datahub: { server: "${server.url}", token: bench }`,
      `source: { type: datahub-cloud, config: { lookback_days: 7, reset_offsets: true${extra} } }`,
      'filter: { event_type: EntityChangeEvent_v1, event: { category: TAG } }',
      action,
    ].join('\n');
  const theirs = [];
  const ours = [];
  try {
    for (let i = 0; i < runs; i += 1) {
      const seen = join(dir, `seen-${i}`);
      const idle = ', kill_after_idle_timeout: true, idle_timeout_duration_seconds: 2';
      const action = `action: { type: "bench_count:Count", config: { path: ${seen} } }`;
      writeFileSync(join(dir, 'theirs.yml'), recipe('theirs', action, idle));
      await runOnce(peer, ['actions', '-c', join(dir, 'theirs.yml')], {
        cwd: dir,
        env: { ...process.env, PYTHONPATH: dir, DATAHUB_TELEMETRY_ENABLED: 'false' },
      });
      const [acted, seconds] = readFileSync(seen, 'utf8').split(' ').map(Number);
      theirs.push((acted * 10) / seconds);
      writeFileSync(join(dir, 'ours.yml'), recipe('ours', 'action: { type: discard }', ''));
      const args = ['run', join(dir, 'ours.yml'), '--state-dir', join(dir, `s${i}`), '--until-caught-up'];
      const run = await runOnce(process.execPath, [
        evrun,
        ...args,
        '--log-format',
        'json',
        '--progress',
        'never',
      ]);
      ours.push(reportOf(run.stderr).read / run.seconds);
    }
  } finally {
    server.stop();
  }
  const result = { events: count, evrun: summary(ours), datahubActions: summary(theirs) };
  const rate = (n) => Math.round(n).toLocaleString('en-US');
  console.log(
    `\ndatahub-cloud → filter → count, ${rate(count)} events, whole process against first to last event:`,
  );
  console.log(
    `evrun ${rate(result.evrun.median)}/s, DataHub Actions ${rate(result.datahubActions.median)}/s`,
  );
  return result;
}
