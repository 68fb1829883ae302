/**
 * What `promise` gives; undefined where it fails, or takes longer than `ms` and goes on behind our back. For what
 * somebody waits for who must not wait for long, and can do without it. Never throws, and leaves no timer behind.
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  const settled = await Promise.race([promise.catch(() => undefined), late]);
  clearTimeout(timer);
  return settled;
}
