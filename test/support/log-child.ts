import { createLogger } from '../../src/support/logging/log.ts';

const log = createLogger({ level: 'info', format: 'text' });
for (let i = 0; i < 2000; i++) log.info(`line ${i}`);
process.exit(0);
