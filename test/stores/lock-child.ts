import { acquireLock } from '../../src/support/files/lock.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';

// Waits for a line on stdin, tries to take the lock, says what came of it, and holds it until stdin ends.
const [dir = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const lock = await acquireLock({ dir, name: 'lock', log: silentLogger });
  process.stdout.write('heldBy' in lock ? `refused ${lock.heldBy.pid}\n` : 'won\n');
  process.stdin.once('end', () => {
    if (!('heldBy' in lock)) void lock.release();
  });
  process.stdin.resume();
});
