// Stands for the program that pages someone: appends its argument to the file named by DESK, or prints it.
// Exit code 0 = done, 75 = try again later, see `evrun connectors exec`.
import { appendFileSync } from 'node:fs';

const [line] = process.argv.slice(2);
const text = `attempt ${process.env.EVRUN_ATTEMPT}: ${line}\n`;
if (process.env.DESK) appendFileSync(process.env.DESK, text);
else process.stdout.write(text);
