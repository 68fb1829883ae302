// Ends what a test run started, also when the run was killed with SIGKILL and could not do it itself.
//
// `node keeper.mjs <owner> <folder>`: watches the owner (`<pid>-<start time>`) and the folder. The folder is gone: the
// servers were stopped in good order, nothing to do. The owner is gone: kill every process that `<folder>/pids`
// names, remove the folder. Runs in a session of its own, so that no Ctrl-C reaches it.
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const POLL_MS = 200;
const [owner, folder] = process.argv.slice(2);

function identityOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
    return fields[1] === 'Z' ? undefined : `${pid}-${fields[20]}`;
  } catch {
    try {
      process.kill(pid, 0);
      return process.platform === 'linux' ? undefined : String(pid);
    } catch {
      return undefined;
    }
  }
}

function isSame(identity) {
  return identityOf(Number(identity.split('-')[0])) === identity;
}

function endAll() {
  let pids = '';
  try {
    pids = readFileSync(join(folder, 'pids'), 'utf8');
  } catch {
    // nothing was started yet
  }
  for (const identity of pids.split('\n').filter(Boolean)) {
    if (!isSame(identity)) continue;
    try {
      process.kill(Number(identity.split('-')[0]), 'SIGKILL');
    } catch {
      // it ended by itself meanwhile
    }
  }
}

setInterval(() => {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) process.exit();
  if (isSame(owner)) return;
  endAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}, POLL_MS);
