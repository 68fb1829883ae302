import { readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

/*
 * A module of the user's that imports `evrun` means the evrun that runs it. Node looks only into
 * the node_modules above the module, where an evrun that was installed for the whole machine does not stand.
 */

/** The package's front door, as it stands beside this file's folder. */
const OWN = new URL('../../index.js', import.meta.url).href;

let registered = false;

/** Makes `evrun` known to modules beside which it is not installed. Costs nothing for a module that does not name it. */
export function offerOwnPackage(path: string): void {
  if (registered || !readFileSync(path, 'utf8').includes('evrun') || isInstalled(path)) return;
  registered = true;
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data: OWN });
}

function isInstalled(path: string): boolean {
  try {
    createRequire(pathToFileURL(path)).resolve('evrun');
    return true;
  } catch {
    return false;
  }
}

/** An evrun that is installed beside the module goes first. */
const HOOK = `
let own;
export async function initialize(url) { own = url; }
export async function resolve(name, context, next) {
  if (name !== 'evrun') return next(name, context);
  try {
    return await next(name, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return { url: own, shortCircuit: true };
  }
}`;
