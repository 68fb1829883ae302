/** What main.mjs starts. Tests import the files themselves. */
export { startElasticMq } from './elasticmq.ts';
export { startKafka } from './kafka.ts';
export { startRegistry } from './registry.ts';
