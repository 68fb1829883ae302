// Preloaded into a child process (`node --import`): kills it with SIGKILL at a named point, in the middle of a
// file operation, where no signal handler and no finally block runs. KILL_AT is `<point>:<n>`: at the n-th
// operation of that kind. The program itself knows nothing of this.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';

const [point, nth] = (process.env.KILL_AT ?? ':0').split(':');
let left = Number(nth);
const paths = new Map();

const die = () => process.kill(process.pid, 'SIGKILL');
const isState = (path) => path.includes('/state/') && /\/(log\.\d+|snapshot(\.tmp)?)$/.test(path);
const isLetters = (path) => path.endsWith('failed_events.log');
const isOutput = (path) => path.endsWith('out.ndjson');

function hit(name, wanted, path) {
  if (point !== name || path === undefined || !wanted(path)) return false;
  left -= 1;
  return left === 0;
}

const KINDS = [
  ['state', isState],
  ['letters', isLetters],
  ['output', isOutput],
];

const { open, write, fdatasync, writeSync, openSync } = fs;

fs.open = (path, ...rest) => {
  const done = rest.pop();
  open(path, ...rest, (error, fd) => {
    if (error === null) paths.set(fd, String(path));
    done(error, fd);
  });
};
fs.openSync = (path, ...rest) => {
  const fd = openSync(path, ...rest);
  paths.set(fd, String(path));
  return fd;
};
fs.write = (fd, bytes, ...rest) => {
  const path = paths.get(fd);
  for (const [kind, wanted] of KINDS) {
    if (hit(`before-${kind}-write`, wanted, path)) die();
    if (hit(`mid-${kind}-write`, wanted, path)) {
      writeSync(fd, bytes.subarray(0, Math.ceil(bytes.length / 2)));
      die();
    }
  }
  return write(fd, bytes, ...rest);
};
fs.write[promisify.custom] = (fd, bytes) =>
  new Promise((resolve, reject) => {
    fs.write(fd, bytes, (error, bytesWritten) =>
      error ? reject(error) : resolve({ bytesWritten, buffer: bytes }),
    );
  });
fs.fdatasync = (fd, done) => {
  const path = paths.get(fd);
  for (const [kind, wanted] of KINDS) if (hit(`before-${kind}-sync`, wanted, path)) die();
  fdatasync(fd, (error) => {
    for (const [kind, wanted] of KINDS) if (hit(`after-${kind}-sync`, wanted, path)) die();
    done(error);
  });
};
syncBuiltinESMExports();
