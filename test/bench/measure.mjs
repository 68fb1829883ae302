import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs a command to its end: wall and processor seconds, output, and its resident memory every 50 ms. */
export function runOnce(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = { stdout: '', stderr: '' };
    const memory = [];
    let cpuSeconds = 0;
    const sample = setInterval(() => {
      cpuSeconds = processorSeconds(child.pid) ?? cpuSeconds;
      const bytes = residentBytes(child.pid);
      if (bytes !== undefined) memory.push(bytes);
    }, 50);
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(sample);
      const seconds = (performance.now() - startedAt) / 1000;
      if (code !== 0)
        reject(new Error(`${args.join(' ')} ended with ${code ?? signal}: ${output.stderr.slice(-2000)}`));
      else resolve({ seconds, cpuSeconds, ...output, memory });
    });
  });
}

function residentBytes(pid) {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024; // a process that ends has none any more
  } catch {
    return undefined;
  }
}

/** What the process has used until now, in all its threads; the kernel counts in hundredths. */
function processorSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return undefined;
  }
}

/** Starts a server that prints its address on the first line and ends when its input does. */
export async function startServer(script, ...args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${script} did not start`)));
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
  return { url, stop: () => child.stdin.end() };
}

export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted[sorted.length - 1] };
}

/** The figures of the last run's report line (`--log-format json`). */
export function reportOf(stderr) {
  const lines = stderr.split('\n').filter((line) => line.includes('"durationMs"'));
  if (lines.length === 0) throw new Error(`no report in: ${stderr.slice(-2000)}`);
  return JSON.parse(lines[lines.length - 1]);
}
