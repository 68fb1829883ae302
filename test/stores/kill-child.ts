import { openDeadLetters } from '../../src/stores/dead-letters/index.ts';
import { openStore } from '../../src/stores/embedded/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';

// Writes state and dead letters as fast as it can, and says on stdout what is durable: `s 17`, `d 17`.
const [dir = ''] = process.argv.slice(2);
const common = { dir, pipeline: 'p', log: silentLogger };
const store = await openStore(common);
const letters = await openDeadLetters({ ...common, maxBytes: 50_000 });
const padding = 'x'.repeat(20_000);

async function writeState(): Promise<never> {
  for (let n = Number(store.get('n') ?? 0) + 1; ; n++) {
    // Two writes at a time share a group; each must be there as a whole.
    const first = store.write([
      { key: 'a', value: n },
      { key: `pad${n % 5}`, value: padding },
      { key: 'b', value: n },
    ]);
    await Promise.all([first, store.write([{ key: 'n', value: n }])]);
    process.stdout.write(`s ${n}\n`);
  }
}

async function writeLetters(): Promise<never> {
  for (let n = Number(store.get('n') ?? 0) * 1_000_000; ; n++) {
    await letters.append({
      event_type: 't',
      eventText: String(n),
      meta: null,
      evrun: {
        id: `${process.pid}-${n}`,
        pipeline: 'p',
        recipe_hash: 'h',
        step: 's',
        error: { code: 'EVR_ACTION', message: 'm' },
        attempts: [],
        at: '2026-08-01T12:00:00.000Z',
        committed: true,
        position: { partition: '0', offset: n },
      },
    });
    process.stdout.write(`d ${process.pid}-${n}\n`);
  }
}

await Promise.all([writeState(), writeLetters()]);
