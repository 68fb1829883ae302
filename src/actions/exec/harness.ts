import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionHarness } from '../../contract/harness.ts';

/** Reads its orders from a folder: `fail` (a number and an exit code) and `hang`. */
const PROGRAM = `
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const folder = process.argv[2];
const at = (name) => folder + '/' + name;
if (existsSync(at('hang'))) {
  rmSync(at('hang'));
  setInterval(() => {}, 1000);
} else {
  const [n, code] = existsSync(at('fail')) ? readFileSync(at('fail'), 'utf8').split(' ').map(Number) : [0, 0];
  if (n > 0) {
    writeFileSync(at('fail'), n - 1 + ' ' + code);
    process.exitCode = code;
  } else appendFileSync(at('received'), process.env.EVRUN_EVENT_ID + '\\n');
}
`;

const PERMANENT = 7;

export const harness: ActionHarness = {
  kind: 'action',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'evrun-exec-'));
    const program = join(folder, 'program.mjs');
    await writeFile(program, PROGRAM);
    return {
      config: { command: [process.execPath, program, folder], permanent_exit_codes: [PERMANENT] },
      async received() {
        const text = await readFile(join(folder, 'received'), 'utf8').catch(() => '');
        return text.split('\n').filter((id) => id !== '');
      },
      failNext: (n, how) => writeFile(join(folder, 'fail'), `${n} ${how === 'later' ? 1 : PERMANENT}`),
      hangNext: () => writeFile(join(folder, 'hang'), ''),
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
