/**
 * kafkajs sets timers that are due in the past, which is harmless, and Node 24 warns of it on standard error, once
 * per process. That one warning is kept from the user, all others pass.
 */

let filtered = false;

/** Idempotent. */
export function hideTimeoutWarning(): void {
  if (filtered) return;
  filtered = true;
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (nameOf(args) !== 'TimeoutNegativeWarning') emit(...args);
  };
}

function nameOf([warning, second]: readonly unknown[]): unknown {
  if (warning instanceof Error) return warning.name;
  return typeof second === 'object' && second !== null ? (second as { type?: unknown }).type : second;
}
