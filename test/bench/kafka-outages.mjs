import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { clientOf, fill, startBroker } from './broker.mjs';
import { evrunArgs, freshName } from './evrun.mjs';
import { kafkaRecipe } from './kafka.mjs';

const here = import.meta.dirname;
const node = process.execPath;
const OUTAGE_MS = 5_000;
const TOPIC = 'resumes';

/** A consumer as a process that prints the time of every event; `stamps` grows. */
function consumer(args, env = {}) {
  const child = spawn(node, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const stamps = [];
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  child.stdout.on('data', (chunk) => {
    for (const line of String(chunk).split('\n').filter(Boolean)) stamps.push(Number(line));
  });
  const ended = once(child, 'close');
  return { child, stamps, ended, said: () => said };
}

async function until(what, holds, timeoutMs = 60_000) {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

const isOpen = (at) =>
  new Promise((done) => {
    const [host, port] = at.split(':');
    const socket = connect({ host, port: Number(port) });
    socket.once('connect', () => done(socket.destroy() && true));
    socket.once('error', () => done(false));
  });

/** Writes one event as soon as the broker takes it. */
async function writeOne(at) {
  for (;;) {
    try {
      await fill(at, TOPIC, 1);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

/**
 * Seconds from the port being open again to the next event, of evrun and of the kafkajs loop beside it. `written`:
 * when the broker took that event, which neither can be faster than.
 */
export async function resumeJob(dir, runs) {
  const result = { ours: [], floor: [], written: [] };
  const broker = await startBroker();
  const { at } = broker;
  const stamp = `action: { type: ${join(here, 'sinks/stamp.mjs')} }`;
  const ours = consumer(evrunArgs(dir, kafkaRecipe(at, TOPIC, [stamp])));
  const floor = consumer([join(here, 'floors/kafka-loop.mjs'), at, TOPIC, freshName(), '1', 'stamps']);
  const both = [ours, floor];
  try {
    await broker.tell(`topic ${TOPIC} 1`);
    await fill(at, TOPIC, 1);
    await until('the first event', () => both.every(({ stamps }) => stamps.length > 0));
    for (let i = 0; i < runs; i += 1) {
      await broker.tell('kill 1');
      await new Promise((done) => setTimeout(done, OUTAGE_MS));
      const before = both.map(({ stamps }) => stamps.length);
      const restarted = broker.tell('restart 1');
      await until('the port to open', () => isOpen(at));
      const openAt = Date.now();
      await writeOne(at);
      result.written.push((Date.now() - openAt) / 1000);
      await until('the next event', () => both.every(({ stamps }, j) => stamps.length > before[j]));
      const [mine, theirs] = both.map(({ stamps }, j) => (stamps[before[j]] - openAt) / 1000);
      result.ours.push(mine);
      result.floor.push(theirs);
      await restarted;
    }
  } catch (error) {
    throw new Error(`${error.message}; evrun said: ${ours.said()}`);
  } finally {
    for (const { child } of both) child.kill('SIGKILL');
    await Promise.all(both.map(({ ended }) => ended));
    broker.stop();
  }
  return result;
}

/** Seconds from the end of the work that was in flight at SIGTERM to the end of the process. */
export async function stopJob(dir, runs, world) {
  const { at } = await world.get();
  const admin = clientOf(at).admin();
  await admin.connect();
  const [topic] = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
  await admin.disconnect();
  const seconds = [];
  for (let i = 0; i < runs; i += 1) {
    const stamp = `action: { type: ${join(here, 'sinks/stamp.mjs')} }`;
    const run = consumer(evrunArgs(dir, kafkaRecipe(at, topic, [stamp])), { WORK_MS: '500' });
    await until('the first event', () => run.stamps.length > 0);
    run.child.kill('SIGTERM');
    const [code] = await run.ended;
    if (code !== 0) throw new Error(`evrun ended with ${code}: ${run.said()}`);
    seconds.push((Date.now() - Math.max(...run.stamps)) / 1000);
  }
  return seconds;
}
