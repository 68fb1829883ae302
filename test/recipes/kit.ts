import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A fresh folder that looks like the root of a clone to a recipe: state, logs and output stay inside. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evrun-recipes-'));
  symlinkSync(join(ROOT, 'recipes'), join(folder, 'recipes'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  /** Resolves once `stderr` or `stdout` holds the text. */
  saw(text: string): Promise<void>;
  stop(): void;
  readonly ended: Promise<Run>;
}

interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export function start(args: readonly string[], { cwd, env = {}, input }: RunOptions): Running {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'bin/evrun'), ...args], {
    cwd,
    env: { PATH, HOME, ...env },
  });
  let out = '';
  let err = '';
  const watchers = new Set<() => void>();
  const look = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    look();
  });
  child.stdin.end(input ?? '');
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<Run>((resolveRun) => {
    child.on('close', (code) => resolveRun({ code, out, err }));
  });
  const saw = (text: string) =>
    new Promise<void>((found, missed) => {
      const watcher = () => {
        if (!out.includes(text) && !err.includes(text)) return;
        watchers.delete(watcher);
        found();
      };
      watchers.add(watcher);
      void ended.then(() => missed(new Error(`ended without ${JSON.stringify(text)}:\n${err}`)));
      watcher();
    });
  return { saw, stop: () => void child.kill('SIGTERM'), ended };
}

export function evrun(args: readonly string[], options: RunOptions): Promise<Run> {
  return start(args, options).ended;
}

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** An HTTP server that takes everything and answers with `answer`. */
export async function receiver({ answer = '' } = {}): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response.end(answer);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, received };
}
