// Takes WORK_MS for each event and prints when it was done: for jobs that measure how long something took.
const workMs = Number(process.env.WORK_MS ?? 0);

export default async function act() {
  if (workMs > 0) await new Promise((resolve) => setTimeout(resolve, workMs));
  process.stdout.write(`${Date.now()}\n`);
}
